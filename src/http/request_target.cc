#include "http/request_target.h"

#include <algorithm>
#include <cstdint>

#include "http/characters.h"
#include "http/head.h"
#include "http/percent.h"

namespace larder::http {
namespace {

constexpr std::uint64_t kLargestPort = 65535;

/// unreserved and sub-delims of RFC 3986.
bool is_name_char(char c) {
  if (is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z')) return true;
  return c != '\0' && std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool port_is_valid(std::string_view port) {
  std::uint64_t number = 0;
  return port.empty() || (take_number(port, number) && port.empty() && number <= kLargestPort);
}

bool literal_is_valid(std::string_view literal) {
  for (const char c : literal) {
    if (hex_value(c) < 0 && c != ':' && c != '.') return false;
  }
  return !literal.empty();
}

std::string_view after_scheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equal_names(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
  }
  return {};
}

}  // namespace

bool host_is_valid(std::string_view host) {
  if (take(host, '[')) {
    const auto close = host.find(']');
    if (close == std::string_view::npos || !literal_is_valid(host.substr(0, close))) return false;
    host.remove_prefix(close + 1);
    return host.empty() || (take(host, ':') && port_is_valid(host));
  }
  const auto colon = host.find(':');
  const std::string_view name = host.substr(0, colon);
  for (const char c : name) {
    if (!is_name_char(c) && c != '%') return false;
  }
  if (!percent_escapes_are_whole(name)) return false;
  return colon == std::string_view::npos || (!name.empty() && port_is_valid(host.substr(colon + 1)));
}

const char* target_problem(std::string_view target) {
  for (const char c : target) {
    if (c <= ' ' || c > '~') return "the target has bytes outside visible ASCII";
    if (c == '#') return "the target has a fragment";
  }
  if (target.starts_with('/')) return nullptr;
  const std::string_view rest = after_scheme(target);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  if (host.empty()) return "the target is neither a path nor an http or https URL";
  return host_is_valid(host) ? nullptr : "the target's host is malformed";
}

std::pair<std::string_view, std::string_view> path_and_query(std::string_view target) {
  if (!target.starts_with('/')) {
    const std::string_view rest = after_scheme(target);
    target = rest.substr(std::min(rest.size(), rest.find_first_of("/?")));
  }
  const std::size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  return {path.empty() ? "/" : path, mark == std::string_view::npos ? "" : target.substr(mark + 1)};
}

}  // namespace larder::http
