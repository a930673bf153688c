#include "net/endpoint_config.h"

#include <utility>

namespace larder::net {

std::vector<Endpoint> read_endpoints(ConfigTable& table, std::string_view key, std::vector<std::string> fallback) {
  std::vector<Endpoint> endpoints;
  for (const std::string& text : table.texts(key, std::move(fallback))) {
    auto endpoint = parse_endpoint(text);
    if (endpoint) {
      endpoints.push_back(*endpoint);
    } else {
      table.problem(key, endpoint.error().text);
    }
  }
  return endpoints;
}

std::optional<Endpoint> read_endpoint_or_off(ConfigTable& table, std::string_view key, std::string_view fallback) {
  const std::string text = table.text(key, fallback);
  if (text == "off") return std::nullopt;
  auto endpoint = parse_endpoint(text);
  if (endpoint) return *endpoint;
  table.problem(key, endpoint.error().text + ", or \"off\"");
  return std::nullopt;
}

std::vector<std::string> read_host_names(ConfigTable& table, std::string_view key) {
  constexpr std::string_view kCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  std::vector<std::string> names;
  for (std::string& name : table.texts(key, {}, "a list of host names, such as [\"cache1.example.net\"]")) {
    if (name.empty() || name.size() > 253 || name.find_first_not_of(kCharacters) != std::string::npos) {
      table.problem(key, fmt::format("'{}' is not a host name such as \"cache1.example.net\", without a port", name));
    } else {
      names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace larder::net
