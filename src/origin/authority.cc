#include "origin/authority.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace larder::origin {
namespace {

constexpr std::size_t kNameLimit = 253;
constexpr std::size_t kLabelLimit = 63;

/// `text` as an error message may repeat it: short and printable, since it came from a stranger.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 100;
  std::string out(text.substr(0, kShown));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  if (text.size() > kShown) out += "...";
  return out;
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_byte(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    return fail(Errc::kInvalid, "\"{}\" is not a port", shown(text));
  }
  return port;
}

/// Names as resolvers take them, underscores included; they are in use although RFC 1123 has none.
bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kNameLimit) return false;
  std::size_t label_length = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label_length == 0) return false;
      label_length = 0;
    } else if (!is_name_byte(c) || ++label_length > kLabelLimit) {
      return false;
    }
  }
  return label_length > 0;
}

/// "127.1", "2130706433", "0x7f.1": resolvers take them for addresses, so they must not pass as names.
bool ends_in_number(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return is_digit(name[dot == std::string_view::npos ? 0 : dot + 1]);
}

Result<Authority> parse_host(std::string_view text) {
  Authority authority;
  authority.host.resize(text.size());
  std::ranges::transform(text, authority.host.begin(), to_lower);
  if (authority.host.ends_with('.')) authority.host.pop_back();
  if (!is_name(authority.host)) return fail(Errc::kInvalid, "\"{}\" is not a host name", shown(text));
  if (!ends_in_number(authority.host)) return authority;

  const auto address = net::parse_address(authority.host);
  if (!address) return fail(Errc::kInvalid, "\"{}\" is neither a host name nor an address", shown(text));
  authority.host = to_string(*address);
  authority.is_address = true;
  return authority;
}

Result<Authority> parse_v6(std::string_view text) {
  const auto address = net::parse_address(text);
  if (!address) return fail(Errc::kInvalid, "\"{}\" is neither a host name nor an address", shown(text));
  return Authority{to_string(*address), std::nullopt, true};
}

}  // namespace

Result<Authority> parse_authority(std::string_view text) {
  if (text.empty()) return fail(Errc::kInvalid, "it names no host");
  if (text.find('@') != std::string_view::npos) {
    return fail(Errc::kInvalid, "\"{}\" holds user information, which is refused", shown(text));
  }
  std::string_view port_text;
  Result<Authority> authority;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return fail(Errc::kInvalid, "\"{}\" lacks a closing bracket", shown(text));
    port_text = text.substr(end + 1);
    if (!port_text.empty() && !port_text.starts_with(':')) {
      return fail(Errc::kInvalid, "\"{}\" is not a host and a port", shown(text));
    }
    authority = parse_v6(text.substr(1, end - 1));
  } else if (std::ranges::count(text, ':') > 1) {
    return parse_v6(text);
  } else {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) port_text = text.substr(colon);
    authority = parse_host(text.substr(0, colon));
  }
  if (!authority || port_text.size() < 2) return authority;  // "host:" is the scheme's port (RFC 3986 3.2.3)
  TRY(authority->port, parse_port(port_text.substr(1)));
  return authority;
}

std::string host_line(std::string_view host, std::uint16_t port, bool tls) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  std::string line = is_v6 ? fmt::format("[{}]", host) : std::string(host);
  if (port != (tls ? 443 : 80)) line += fmt::format(":{}", port);
  return line;
}

Result<HostPattern> parse_host_pattern(std::string_view text) {
  HostPattern pattern;
  pattern.below = text.starts_with("*.");
  const std::string_view name = pattern.below ? text.substr(2) : text;
  if (name.empty() || name == "*") {
    return fail(Errc::kInvalid, "\"{}\" would allow every host; name the domains", shown(text));
  }
  if (name.find('*') != std::string_view::npos) {
    return fail(Errc::kInvalid, "\"{}\": a \"*\" may only stand for whole labels in front, as in \"*.example.com\"",
                shown(text));
  }
  if (name.find_first_of(":/@[]") != std::string_view::npos) {
    return fail(Errc::kInvalid, "\"{}\" should be a host name alone: no scheme, port or path", shown(text));
  }
  TRY(Authority authority, parse_host(name));
  if (authority.is_address) {
    return fail(Errc::kInvalid, "\"{}\" is an address; origins named by address go into allowed_networks", shown(text));
  }
  pattern.host = std::move(authority.host);
  return pattern;
}

}  // namespace larder::origin
