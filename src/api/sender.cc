#include "api/sender.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace larder::api {
namespace {

bool is_one_of(const net::IpAddress& address, std::span<const net::Prefix> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) { return prefix.contains(address); });
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// All elements of a list field, in order, however many lines it has.
std::vector<std::string_view> elements(const http::FieldList& fields, std::string_view name) {
  std::vector<std::string_view> all;
  for (const http::Field& field : fields) {
    if (!http::equal_names(field.name, name)) continue;
    std::string_view rest = field.value;
    for (;;) {
      const auto comma = rest.find(',');
      all.push_back(without_blanks(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return all;
}

/// "192.0.2.1", and what some proxies make of it: "192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]".
larder::Result<net::IpAddress> parse_hop(std::string_view text) {
  if (auto address = net::parse_address(text)) return address;
  if (text.starts_with('[') && text.ends_with(']')) return net::parse_address(text.substr(1, text.size() - 2));
  TRY(const auto endpoint, net::parse_endpoint(text));
  return endpoint.address;
}

}  // namespace

Sender find_sender(const net::IpAddress& peer, bool tls, const http::FieldList& fields,
                   std::span<const net::Prefix> trusted) {
  Sender sender{.client = peer, .secure = tls, .allowed = tls || peer.is_loopback()};
  if (!is_one_of(peer, trusted)) return sender;
  sender.allowed = true;
  const auto protocols = elements(fields, "X-Forwarded-Proto");
  sender.secure = tls || (!protocols.empty() && http::equal_names(protocols.back(), "https"));
  auto hops = elements(fields, "X-Forwarded-For");
  while (!hops.empty() && is_one_of(sender.client, trusted)) {
    const auto hop = parse_hop(hops.back());
    if (!hop) break;
    sender.client = *hop;
    hops.pop_back();
  }
  return sender;
}

}  // namespace larder::api
