#include "client/portal_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>

namespace larder::client {
namespace {

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && host.size() > 3 &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  }
  return !host.empty() && std::ranges::all_of(host, is_host_character);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

struct HostAndPort {
  std::string host;
  std::string_view port;  // "" if none is named
};

// Takes "host:port" apart; the bracket of an IPv6 address stays.
HostAndPort split(std::string_view authority) {
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {lower(authority), ""};
  return {lower(authority.substr(0, colon)), authority.substr(colon + 1)};
}

}  // namespace

std::string PortalUrl::host() const {
  const std::string_view authority = std::string_view(text).substr(text.find("://") + 3);
  return split(authority).host;
}

larder::Result<PortalUrl> parse_portal_url(std::string_view text, bool insecure_http) {
  std::string_view rest = text;
  std::string scheme;
  if (const std::size_t end = rest.find("://"); end != std::string_view::npos) {
    scheme = lower(rest.substr(0, end));
    rest.remove_prefix(end + 3);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const auto [host, port] = split(rest);
  const bool has_port = rest.size() > host.size();
  if (!is_host(host) || (has_port && !is_port(port))) {
    return fail(Errc::kInvalid, "\"{}\" is not the address of a portal such as https://portal.example", text);
  }
  const bool loopback = is_loopback_host(host);
  if (scheme.empty()) scheme = loopback ? "http" : "https";
  if (scheme != "http" && scheme != "https") {
    return fail(Errc::kInvalid, "\"{}\": a portal is reached over https:// (http:// on this machine only)", text);
  }
  if (scheme == "http" && !loopback && !insecure_http) {
    return fail(Errc::kRefused, "{}: over http:// your token would cross the network in the open. Use https://{}", text,
                rest);
  }
  return PortalUrl{fmt::format("{}://{}{}{}", scheme, host, has_port ? ":" : "", port), loopback, scheme == "https"};
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_host_character(c) || c == '~') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace larder::client
