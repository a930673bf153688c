#include "portal/portal_config.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/bytes.h"
#include "core/config_reader.h"
#include "net/endpoint_config.h"

namespace larder::portal {
namespace {

constexpr std::uint64_t kSecretFileLimit = 16 * kKiB;

ListenConfig read_listen(ConfigTable table, bool behind_proxy) {
  ListenConfig listen;
  listen.http = net::read_endpoints(table, "http", {"127.0.0.1:9080"});
  listen.https = net::read_endpoints(table, "https", {});
  listen.status = net::read_endpoint_or_off(table, "status", "127.0.0.1:9082");
  listen.status_names = net::read_host_names(table, "status_names");
  if (listen.http.empty() && listen.https.empty()) {
    table.problem("http", "the portal would listen nowhere; name an address here or in https");
  }
  for (const net::Endpoint& endpoint : listen.http) {
    if (endpoint.address.is_loopback() || behind_proxy) continue;
    table.problem("http", fmt::format("{} is open to other machines, and passwords would cross the network in the "
                                      "clear; listen on it with https, or behind a proxy with TLS, whose address you "
                                      "list in proxy.trusted",
                                      net::to_string(endpoint)));
  }
  table.refuse_unknown_keys();
  return listen;
}

void read_tls(ConfigTable table, PortalConfig& config) {
  config.tls_certificate = table.text("certificate", "");
  config.tls_key = table.text("key", "");
  if (!config.listen.https.empty() && (config.tls_certificate.empty() || config.tls_key.empty())) {
    table.problem("", "listen.https needs certificate and key: paths of PEM files");
  }
  table.refuse_unknown_keys();
}

/// "https://host", "https://host:port"; http for a machine's own names only unless `any_http`.
bool is_url(std::string_view url, bool any_http, bool with_path) {
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return false;
  const std::string_view rest = url.substr(https ? 8 : 7);
  const std::string_view host = rest.substr(0, rest.find('/'));
  if (host.empty() || (!with_path && host.size() != rest.size())) return false;
  for (const char c : rest) {
    if (c <= ' ' || c > '~' || std::strchr("@?#\\\"<>", c) != nullptr) return false;
  }
  if (https || any_http) return true;
  for (const std::string_view own : {"127.0.0.1", "localhost", "[::1]"}) {
    if (host.starts_with(own) && (host.size() == own.size() || host[own.size()] == ':')) return true;
  }
  return false;
}

void read_portal(ConfigTable table, PortalConfig& config) {
  config.api.url = table.text("url", "");
  while (config.api.url.ends_with('/')) config.api.url.pop_back();
  if (!config.api.url.empty() && !is_url(config.api.url, true, false)) {
    table.problem("url", "should be what people type to reach the portal, such as \"https://portal.example.net\"");
  }
  table.refuse_unknown_keys();
}

void read_proxy(ConfigTable table, PortalConfig& config) {
  for (const std::string& text : table.texts("trusted")) {
    auto prefix = net::parse_prefix(text);
    if (prefix) {
      config.front.trusted_proxies.push_back(*prefix);
    } else {
      table.problem("trusted", prefix.error().text);
    }
  }
  table.refuse_unknown_keys();
}

void read_duration(ConfigTable& table, std::string_view key, std::chrono::milliseconds& value) {
  const auto given = table.duration(key);
  if (!given) return;
  if (*given < std::chrono::minutes(1)) return table.problem(key, "should be at least \"1m\"");
  value = *given;
}

void read_time_out(ConfigTable& table, std::string_view key, std::chrono::milliseconds& value) {
  const auto given = table.duration(key);
  if (!given) return;
  if (*given < std::chrono::milliseconds(100)) return table.problem(key, "should be at least \"100ms\"");
  value = *given;
}

identity::SignInConfig read_sign_in(ConfigTable table) {
  identity::SignInConfig config;
  read_duration(table, "session", config.session);
  read_duration(table, "idle", config.idle);
  config.password_least = static_cast<int>(table.number("password_least", config.password_least, 8, 128));
  if (const auto memory = table.size("hash_memory")) {
    config.hash_memory = *memory;
    if (*memory < 8 * kMiB || *memory > 4 * kGiB) table.problem("hash_memory", "should be from 8 MiB to 4 GiB");
  }
  config.hash_passes = static_cast<int>(table.number("hash_passes", config.hash_passes, 1, 100));
  config.attempts = static_cast<int>(table.number("attempts", config.attempts, 1, 1000));
  read_duration(table, "attempt_window", config.attempt_window);
  table.refuse_unknown_keys();
  return config;
}

std::string read_secret_file(ConfigTable& table, std::string_view key) {
  const std::string path = table.text(key, "");
  if (path.empty()) return "";
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) {
    table.problem(key, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    return "";
  }
  if (!S_ISREG(about.st_mode)) {
    table.problem(key, fmt::format("{} is no file", path));
    return "";
  }
  if ((about.st_mode & S_IRWXO) != 0) {
    table.problem(key, fmt::format("{} is open to every user of this machine; run: chmod 600 {}", path, path));
    return "";
  }
  auto text = read_text_file(path, kSecretFileLimit);
  if (!text) {
    table.problem(key, text.error().text);
    return "";
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) text->pop_back();
  if (text->empty()) table.problem(key, fmt::format("{} is empty", path));
  return *std::move(text);
}

identity::SingleSignOnConfig read_single_sign_on(ConfigTable table) {
  identity::SingleSignOnConfig config;
  config.name = table.text("name", "single sign-on");
  config.issuer = table.text("issuer", "");
  config.client_id = table.text("client_id", "");
  config.client_secret = read_secret_file(table, "client_secret_file");
  config.certificate_authority = table.text("ca_file", "");
  config.create_users = table.flag("create_users", false);
  if (!is_url(config.issuer, false, true)) {
    table.problem("issuer", "should be the provider's address, such as \"https://id.example.net\"");
  }
  if (config.client_id.empty()) {
    table.problem("client_id", "is missing: the name under which the provider knows this portal");
  }
  if (!table.has("client_secret_file")) {
    table.problem("client_secret_file", "is missing: the path of a file that holds the secret and nothing else");
  }
  table.refuse_unknown_keys();
  return config;
}

space::IpSpaceConfig read_ip_space(ConfigTable table) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  space::IpSpaceConfig config;
  config.review_above = table.number("review_above", config.review_above, 0, kMost);
  config.absurd_above = table.number("absurd_above", config.absurd_above, 1, kMost);
  config.blocks_per_node =
      static_cast<std::size_t>(table.number("blocks_per_node", std::int64_t(config.blocks_per_node), 1, 100'000));
  if (config.absurd_above <= config.review_above) {
    table.problem("absurd_above", "should be larger than review_above, or no review would ever be asked for");
  }
  table.refuse_unknown_keys();
  return config;
}

void read_client_limits(ConfigTable& table, PortalConfig& config) {
  const auto count = [&table](std::string_view key, std::size_t& value) {
    value = static_cast<std::size_t>(table.number(key, static_cast<std::int64_t>(value), 0, 1'000'000));
  };
  count("connections_per_client", config.connections_per_client);
  count("requests_per_client", config.requests_per_client);
  count("handshakes_per_client", config.handshakes_per_client);
  for (const std::string& text : table.texts("unlimited_clients", {"127.0.0.0/8", "::1"},
                                             "a list of networks, such as [\"10.0.0.0/8\", \"2001:db8::/32\"]")) {
    if (const auto prefix = net::parse_prefix(text)) {
      config.unlimited_clients.push_back(*prefix);
    } else {
      table.problem("unlimited_clients", prefix.error().text);
    }
  }
}

void read_limits(ConfigTable table, PortalConfig& config) {
  if (const auto size = table.size("body")) {
    config.front.body_limit = *size;
    if (*size < 64 * kKiB || *size > 256 * kMiB) table.problem("body", "should be from 64 KiB to 256 MiB");
  }
  config.connections = static_cast<std::size_t>(table.number("connections", 4096, 1, 1'000'000));
  read_client_limits(table, config);
  config.front.workers = static_cast<std::size_t>(table.number("workers", 8, 1, 256));
  read_time_out(table, "idle", config.idle);
  read_time_out(table, "head", config.head);
  read_time_out(table, "body_time", config.body_time);
  if (const auto rate = table.size("body_rate")) {
    config.body_rate = *rate;
    if (*rate > kMiB) table.problem("body_rate", "should be at most \"1MiB\" (a second), or 0 for none");
  }
  read_time_out(table, "send_stall", config.front.send_stall);
  table.refuse_unknown_keys();
}

void read_database(ConfigTable table, PortalConfig& config) {
  config.database_url = table.text("url", config.database_url);
  config.database_connections = static_cast<std::size_t>(table.number("connections", 8, 1, 256));
  table.refuse_unknown_keys();
}

/// What only a laboratory may have. `old_names`: of the release before, which go with the next one.
void read_lab(ConfigTable& root, PortalConfig& config, std::vector<ConfigProblem>& old_names) {
  ConfigTable lab = root.table("lab");
  config.api.allow_private = lab.flag("private_addresses", false);
  lab.refuse_unknown_keys();
  ConfigTable probe = root.table("probe");
  if (probe.has("allow_private")) {
    config.api.allow_private |= probe.flag("allow_private", false);
    old_names.push_back({"probe.allow_private", probe.line_of("allow_private"),
                         "it is called lab.private_addresses now; the next release refuses the old name"});
  }
  probe.refuse_unknown_keys();
}

}  // namespace

larder::Result<PortalConfig> parse_portal_config(std::string_view text, std::string_view file) {
  TRY(const toml::table parsed, parse_toml(text, file));
  std::vector<ConfigProblem> problems;
  ConfigTable root(&parsed, "", &problems);
  PortalConfig config;

  read_proxy(root.table("proxy"), config);
  config.listen = read_listen(root.table("listen"), !config.front.trusted_proxies.empty());
  read_tls(root.table("tls"), config);
  read_portal(root.table("portal"), config);
  read_database(root.table("database"), config);
  std::vector<ConfigProblem> old_names;
  read_lab(root, config, old_names);
  config.warnings = to_string(old_names, file);
  config.api.sign_in = read_sign_in(root.table("sign_in"));
  if (root.has("single_sign_on")) config.api.single_sign_on = read_single_sign_on(root.table("single_sign_on"));
  config.api.ip_space = read_ip_space(root.table("ip_space"));
  read_limits(root.table("limits"), config);
  config.log = read_log_config(root.table("log"));
  root.refuse_unknown_keys();

  if (!problems.empty()) {
    std::string lines = to_string(problems, file);
    lines.pop_back();
    return fail(Errc::kInvalid, "{}", lines);
  }
  return config;
}

}  // namespace larder::portal
