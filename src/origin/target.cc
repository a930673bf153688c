#include "origin/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/percent.h"
#include "http/query.h"
#include "origin/authority.h"

namespace larder::origin {
namespace {

constexpr std::string_view kOriginItem = "cacheHostOrigin";
constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
// For what is no mistake in HTTP and is not asked for all the same. No 4xx: clients would take that for the origin's
// word and leave the node for all of this origin's content.
constexpr int kBadGateway = 502;

std::unexpected<http::HeadProblem> refuse(int status, std::string text) {
  return std::unexpected(http::HeadProblem{status, std::move(text) + "\n"});
}

std::unexpected<http::HeadProblem> refuse_origin(std::string_view host) {
  return refuse(kForbidden,
                fmt::format("This cache may not fetch from \"{0}\": no content rule names it. If it should, its "
                            "operator adds a rule to the node's configuration:\n\n[[origin.rule]]\nname = \"...\"\n"
                            "hosts = [\"{0}\"]",
                            host));
}

std::unexpected<http::HeadProblem> refuse_without_origin() {
  return refuse(kNotFound,
                "This is a cache node of Larder, and the request does not say which origin's content it wants. "
                "Name it in the query, for example /path?cacheHostOrigin=download.example.com, or in the Host line.");
}

/// A request target or a redirect's location, taken apart; views into it.
struct Parts {
  std::optional<bool> tls;  // of its own scheme
  std::string_view authority;
  std::string_view path;
  std::optional<std::string_view> query;
};

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
  return text.size() >= scheme.size() && http::equal_names(text.substr(0, scheme.size()), scheme);
}

/// "http://host/path?query", "//host/path", "/path?query", "?query"; another beginning is the path's.
Parts take_apart(std::string_view text) {
  Parts parts;
  if (starts_with_scheme(text, "http://")) {
    parts.tls = false;
    text.remove_prefix(std::string_view("http:").size());
  } else if (starts_with_scheme(text, "https://")) {
    parts.tls = true;
    text.remove_prefix(std::string_view("https:").size());
  }
  if (parts.tls) {
    text.remove_prefix(2);
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    parts.authority = text.substr(0, end);
    text.remove_prefix(end);
  }
  const std::size_t mark = text.find('?');
  parts.path = text.substr(0, mark);
  if (mark != std::string_view::npos) parts.query = text.substr(mark + 1);
  return parts;
}

/// False if some server might read `path` as leading out of where it seems to lead. Escapes count as what they stand
/// for, so that "%2e%2e" and "..%2f" are found too; what an incomplete one stands for nobody knows.
bool is_plain_path(std::string_view path) {
  if (path.find_first_of("\\%") == std::string_view::npos && path.find("..") == std::string_view::npos) return true;
  const auto decoded = http::percent_decode(path);
  if (!decoded) return false;
  const std::string_view text = *decoded;
  if (text.find('\\') != std::string_view::npos || text.find('\0') != std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    if (text.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

/// A query without its cacheHostOrigin items, and the last of their values.
struct CleanQuery {
  std::optional<std::string> text;  // nothing: no "?" either
  std::optional<std::string_view> origin;
};

CleanQuery take_origin_out(std::string_view query) {
  CleanQuery clean;
  bool any_left = query.empty();
  std::string text;
  text.reserve(query.size());
  for (const http::QueryPiece& piece : http::Query(query)) {
    if (piece.name == kOriginItem) {
      clean.origin = piece.value;
      continue;
    }
    if (any_left) text += '&';
    text += piece.text;
    any_left = true;
  }
  if (any_left) clean.text = std::move(text);
  return clean;
}

bool asks_by_tls(const ContentRule& rule, bool client_wants_tls) {
  if (rule.scheme == UpstreamScheme::kAsClient) return client_wants_tls;
  return rule.scheme == UpstreamScheme::kHttps;
}

/// A port that a URL names counts only if it would be asked anyway: else clients could try any port of an origin.
bool is_port_of(const ContentRule& rule, const Authority& authority, bool wants_tls) {
  if (!authority.port) return true;
  return *authority.port == rule.port_for(asks_by_tls(rule, wants_tls)) || *authority.port == (wants_tls ? 443 : 80);
}

/// An origin that a request names by URL or query item, against the rules.
Result<Target, http::HeadProblem> admit(Result<Authority> authority, bool wants_tls, const RuleSet& rules) {
  if (!authority) return refuse(kBadRequest, "The request's origin: " + authority.error().text + ".");
  Target target;
  target.rule = rules.match(authority->host);
  if (target.rule == nullptr) return refuse_origin(authority->host);
  if (!is_port_of(*target.rule, *authority, wants_tls)) {
    return refuse(kBadGateway, fmt::format("Port {} of \"{}\" is not the one that its content rule names.",
                                           *authority->port, authority->host));
  }
  target.host = std::move(authority->host);
  return target;
}

/// For a request that names an origin in its Host line, or none at all.
Result<Target, http::HeadProblem> admit_by_host(const http::RequestHead& head, const RuleSet& rules,
                                                std::span<const std::string> own_names) {
  const auto line = head.fields.find("Host");
  if (!line || line->empty()) return refuse_without_origin();
  auto authority = parse_authority(*line);
  if (!authority) return refuse(kBadRequest, "The Host line: " + authority.error().text + ".");
  if (std::ranges::find(own_names, authority->host) != own_names.end()) return refuse_without_origin();
  Target target;
  target.rule = rules.match(authority->host);
  target.host = std::move(authority->host);
  if (target.rule != nullptr) return target;
  // What reaches a node by address or by a local name means the node itself.
  if (authority->is_address || target.host.find('.') == std::string::npos) return refuse_without_origin();
  return refuse_origin(target.host);
}

std::string joined(std::string_view path, const std::optional<std::string>& query) {
  std::string text(path.empty() ? "/" : path);
  if (query) {
    text += '?';
    text += *query;
  }
  return text;
}

UrlKey key_of(const Target& target) {
  const std::string_view keyed = target.rule->query_in_key ? std::string_view(target.path_and_query) : target.path();
  if (target.rule->shared_name) return url_key(target.tls, true, target.rule->name, keyed);
  return url_key(target.tls, false, fmt::format("{}:{}", target.host, target.port), keyed);
}

}  // namespace

Result<Target, http::HeadProblem> parse_target(const http::RequestHead& head, bool client_is_tls, const RuleSet& rules,
                                               std::span<const std::string> own_names) {
  const Parts parts = take_apart(head.target);
  if (!is_plain_path(parts.path)) {
    return refuse(kBadGateway,
                  "The request's path holds \"..\", a backslash, a zero byte or an incomplete percent escape. Servers "
                  "differ in what that means, so this cache does not ask the origin for it.");
  }
  const bool wants_tls = client_is_tls || parts.tls.value_or(false);
  CleanQuery query;
  if (parts.query) query = take_origin_out(*parts.query);

  Result<Target, http::HeadProblem> target;
  if (query.origin) {
    const auto name = http::percent_decode(*query.origin);
    target = name ? admit(parse_authority(*name), wants_tls, rules)
                  : refuse(kBadRequest, "The request's cacheHostOrigin: " + name.error().text + ".");
  } else {
    target = admit_by_host(head, rules, own_names);
    if (!target && parts.tls) target = admit(parse_authority(parts.authority), wants_tls, rules);
  }
  if (!target) return target;

  target->tls = asks_by_tls(*target->rule, wants_tls);
  target->port = target->rule->port_for(target->tls);
  target->path_and_query = joined(parts.path, query.text);
  target->key = key_of(*target);
  return target;
}

std::optional<Target> redirect_target(const Target& from, std::string_view location, const RuleSet& rules) {
  location = location.substr(0, location.find('#'));
  if (location.empty() || std::ranges::any_of(location, [](char c) { return c <= ' ' || c > '~'; })) {
    return std::nullopt;
  }
  const std::string absolute =
      location.starts_with("//") ? fmt::format("{}:{}", from.tls ? "https" : "http", location) : std::string(location);
  const Parts parts = take_apart(absolute);
  if (!is_plain_path(parts.path)) return std::nullopt;
  const std::string query = parts.query ? fmt::format("?{}", *parts.query) : "";

  Target to = from;
  if (parts.tls) {
    auto admitted = admit(parse_authority(parts.authority), *parts.tls, rules);
    if (!admitted) return std::nullopt;
    to = *std::move(admitted);
    to.tls = asks_by_tls(*to.rule, *parts.tls);
    if (from.tls && !to.tls) return std::nullopt;
    to.port = to.rule->port_for(to.tls);
    to.key = from.key;
    to.path_and_query = fmt::format("{}{}", parts.path.empty() ? "/" : parts.path, query);
    return to;
  }
  const std::string_view old_path = from.path();
  if (parts.path.starts_with('/')) {
    to.path_and_query = std::string(parts.path) + query;
  } else if (parts.path.empty()) {
    to.path_and_query = std::string(old_path) + query;
  } else if (parts.path.substr(0, parts.path.find('/')).find(':') != std::string_view::npos) {
    return std::nullopt;  // "ftp:...": a scheme that is not ours
  } else {
    to.path_and_query = fmt::format("{}{}{}", old_path.substr(0, old_path.rfind('/') + 1), parts.path, query);
  }
  return to;
}

}  // namespace larder::origin
