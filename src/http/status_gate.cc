#include "http/status_gate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "http/head.h"
#include "net/address.h"

namespace larder::http {
namespace {

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// "host:port" of "http://host:port/path"; "" if it is no URL.
std::string_view authority_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?"));
}

/// What the client calls us by, with the port.
std::string_view authority_of(const RequestHead& head) {
  return head.target.starts_with('/') ? head.fields.find("Host").value_or("") : authority_of(head.target);
}

/// "host" of "host:80", "2001:db8::1" of "[2001:db8::1]:80", "host" of "host.".
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  authority = authority.substr(0, authority.find(':'));
  if (authority.ends_with('.')) authority.remove_suffix(1);
  return authority;
}

/// A link that somebody follows, which shows the page to them and to nobody else.
bool is_link(const RequestHead& head) {
  return head.fields.find("Sec-Fetch-Mode") == "navigate" && head.fields.find("Sec-Fetch-Dest") == "document";
}

bool is_of_another_site(const RequestHead& head) {
  const auto origin = head.fields.find("Origin");
  if (origin && !equal_names(authority_of(*origin), authority_of(head))) return true;
  const auto site = head.fields.find("Sec-Fetch-Site");
  return site && site != "same-origin" && site != "none" && !is_link(head);
}

}  // namespace

StatusGate::StatusGate(std::vector<std::string> names) : names_(std::move(names)) {
  names_.emplace_back("localhost");
  names_.push_back(machine_name());
}

bool StatusGate::knows(std::string_view host) const {
  return host.empty() || net::parse_address(host).has_value() ||
         std::ranges::any_of(names_, [host](const std::string& name) { return equal_names(name, host); });
}

std::optional<Page> StatusGate::refusal(const RequestHead& head) const {
  const std::string_view host = without_port(authority_of(head));
  if (!knows(host)) {
    return Page::text(421,
                      fmt::format("this status address does not answer to the name '{}': ask by address, or list the "
                                  "name in listen.status_names of the configuration\n",
                                  host));
  }
  if (is_of_another_site(head)) return Page::text(403, "this was asked for by a page of another site\n");
  return std::nullopt;
}

}  // namespace larder::http
