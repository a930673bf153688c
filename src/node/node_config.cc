#include "node/node_config.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/bytes.h"
#include "core/config_reader.h"
#include "net/endpoint_config.h"
#include "net/socket_file.h"

namespace larder::node {
namespace {

std::string random_node_id() {
  std::array<unsigned char, 8> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string id;
  for (const unsigned char byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
             std::string_view::npos;
}

void read_control(ConfigTable& table, ListenConfig& listen) {
  listen.control = table.text("control", "off");
  if (listen.control == "off") {
    listen.control.clear();
  } else if (!listen.control.starts_with('/')) {
    table.problem("control",
                  "is relative; it must be the absolute path of a socket, such as \"/run/larder/node.sock\", "
                  "or \"off\"");
  } else if (listen.control.size() > net::SocketFile::kMostPath) {
    table.problem("control", fmt::format("has {} bytes; the path of a socket may have {}", listen.control.size(),
                                         net::SocketFile::kMostPath));
  }
}

/// Port 0 is another one each time.
void refuse_repeated(ConfigTable& table, const ListenConfig& listen) {
  std::vector<net::Endpoint> all = listen.http;
  all.insert(all.end(), listen.https.begin(), listen.https.end());
  if (listen.status) all.push_back(*listen.status);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].port == 0 || std::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i]) ==
                                all.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    const bool is_http = i < listen.http.size();
    const bool is_https = !is_http && i < listen.http.size() + listen.https.size();
    table.problem(
        is_http    ? "http"
        : is_https ? "https"
                   : "status",
        fmt::format("{} is named twice; each address and port can listen for one thing", net::to_string(all[i])));
  }
}

ListenConfig read_listen(ConfigTable table) {
  ListenConfig listen;
  listen.http = net::read_endpoints(table, "http", {"0.0.0.0:80", "[::]:80"});
  listen.https = net::read_endpoints(table, "https", {});
  listen.status = net::read_endpoint_or_off(table, "status", "127.0.0.1:5000");
  listen.status_names = net::read_host_names(table, "status_names");
  read_control(table, listen);
  listen.threads = static_cast<std::size_t>(table.number("threads", 0, 0, 1024));
  if (listen.http.empty() && listen.https.empty()) {
    table.problem("http", "the node would listen nowhere; name an address here or in https");
  }
  refuse_repeated(table, listen);
  table.refuse_unknown_keys();
  return listen;
}

void read_milliseconds(ConfigTable& table, std::string_view key, std::chrono::milliseconds& value) {
  const auto given = table.duration(key);
  if (!given) return;
  if (given->count() == 0)
    return table.problem(key, "a time-out of nothing would end every request; give at least 1ms");
  value = *given;
}

void read_least_send_rate(ConfigTable& table, std::uint64_t& value) {
  constexpr std::uint64_t kMost = 10'000'000;
  const auto text = table.text("least_send_rate");
  if (!text) return;
  if (*text == "off") {
    value = 0;
    return;
  }
  const auto rate = parse_rate(*text);
  if (!rate) return table.problem("least_send_rate", rate.error().text + ", or \"off\"");
  value = *rate;
  if (*rate == 0 || *rate > kMost) {
    table.problem("least_send_rate", "should be from \"1B/s\" to \"10MB/s\", or \"off\"");
  }
}

void read_client_limits(ConfigTable& table, http::ClientLimits::Limits& limits) {
  const auto count = [&table](std::string_view key, std::size_t& value) {
    value = static_cast<std::size_t>(table.number(key, static_cast<std::int64_t>(value), 0, 10'000'000));
  };
  count("connections_per_client", limits.connections);
  count("requests_per_client", limits.requests);
  count("new_objects_per_client", limits.new_objects);
  read_least_send_rate(table, limits.least_send_rate);
  for (const std::string& text : table.texts("unlimited_clients", {"127.0.0.0/8", "::1"},
                                             "a list of networks, such as [\"10.0.0.0/8\", \"2001:db8::/32\"]")) {
    if (const auto prefix = net::parse_prefix(text)) {
      limits.unlimited.push_back(*prefix);
    } else {
      table.problem("unlimited_clients", prefix.error().text);
    }
  }
}

LimitsConfig read_limits(ConfigTable table) {
  LimitsConfig limits;
  limits.egress = table.rate("egress");
  if (limits.egress && *limits.egress < 10'000) table.problem("egress", "below 10 kB/s no client would stay");
  limits.connections = static_cast<std::size_t>(table.number("connections", 0, 0, 10'000'000));
  read_client_limits(table, limits.clients);
  if (const auto size = table.size("fill_memory")) {
    limits.fill_memory = *size;
    if (*size < 16 * kMiB) table.problem("fill_memory", "is too small; it should be at least 16 MiB");
  }
  limits.objects_in_memory = static_cast<std::size_t>(table.number("objects_in_memory", 200'000, 1'000, 100'000'000));
  if (const auto size = table.size("head_bytes")) {
    limits.head_bytes = *size;
    if (*size < 1 * kKiB || *size > 256 * kKiB) table.problem("head_bytes", "should be from 1 KiB to 256 KiB");
  }
  read_milliseconds(table, "idle", limits.idle);
  read_milliseconds(table, "head", limits.head);
  read_milliseconds(table, "send_stall", limits.send_stall);
  read_milliseconds(table, "shutdown", limits.shutdown);
  read_milliseconds(table, "drain", limits.drain);
  table.refuse_unknown_keys();
  return limits;
}

void read_drives(ConfigTable& root, NodeConfig& config) {
  for (ConfigTable& table : root.tables("drive")) {
    storage::DriveConfig drive;
    if (!table.has("path")) table.problem("path", "is missing: the absolute path of the drive's folder");
    if (!table.has("size")) table.problem("size", "is missing: how much of the drive may be used, such as \"500GiB\"");
    drive.path = table.text("path", "");
    drive.size = table.size("size").value_or(0);
    table.refuse_unknown_keys();
    config.drives.push_back(std::move(drive));
    config.drive_lines.push_back({table.line_of("path"), table.line_of("size")});
  }
}

void read_scrub_rate(ConfigTable& store, NodeConfig& config) {
  constexpr std::uint64_t kLeast = 64 * kKiB;
  const auto text = store.text("scrub_rate");
  if (!text) return;
  if (*text == "off") {
    config.scrub_rate = 0;
    return;
  }
  const auto rate = parse_rate(*text);
  if (!rate) return store.problem("scrub_rate", rate.error().text + ", or \"off\"");
  config.scrub_rate = *rate;
  if (*rate < kLeast) {
    store.problem("scrub_rate", "would take years for a drive; give at least \"64KiB/s\", or \"off\"");
  }
}

void read_tls(ConfigTable table, NodeConfig& config) {
  config.tls_certificate = table.text("certificate", "");
  config.tls_key = table.text("key", "");
  if (!config.listen.https.empty() && (config.tls_certificate.empty() || config.tls_key.empty())) {
    table.problem("", "listen.https needs certificate and key: paths of PEM files");
  }
  table.refuse_unknown_keys();
}

void read_logs(ConfigTable& root, NodeConfig& config) {
  config.log = read_log_config(root.table("log"));
  ConfigTable access = root.table("access_log");
  config.access_log_target = read_optional_log_target(access);
  access.refuse_unknown_keys();
}

}  // namespace

Result<NodeConfig> parse_node_config(std::string_view text, std::string_view file) {
  TRY(const toml::table parsed, parse_toml(text, file));
  std::vector<ConfigProblem> problems;
  ConfigTable root(&parsed, "", &problems);
  NodeConfig config;

  ConfigTable node = root.table("node");
  config.node_id = node.text("id").value_or(random_node_id());
  if (!is_name(config.node_id)) node.problem("id", "should be 1 to 64 letters, digits, '-' or '_'");
  config.own_names = node.texts("names");
  config.state = node.text("state", "");
  while (config.state.size() > 1 && config.state.ends_with('/')) config.state.pop_back();
  config.state_line = node.line_of("state");
  if (!config.state.empty() && !config.state.starts_with('/')) {
    node.problem("state", "is relative; it must be the absolute path of a folder, such as \"/var/lib/larder/node\"");
  }
  node.refuse_unknown_keys();

  config.listen = read_listen(root.table("listen"));
  read_tls(root.table("tls"), config);
  read_drives(root, config);
  ConfigTable store = root.table("store");
  if (const auto size = store.size("segment_size")) {
    config.segment_size = *size;
    if (*size < 4 * kMiB || *size > 256 * kMiB) store.problem("segment_size", "should be from 4 MiB to 256 MiB");
  }
  read_scrub_rate(store, config);
  store.refuse_unknown_keys();
  config.limits = read_limits(root.table("limits"));
  config.origin = origin::read_origin_config(root.table("origin"));
  read_logs(root, config);
  root.refuse_unknown_keys();

  if (!problems.empty()) {
    std::string lines = to_string(problems, file);
    lines.pop_back();
    return fail(Errc::kInvalid, "{}", lines);
  }
  return config;
}

}  // namespace larder::node
