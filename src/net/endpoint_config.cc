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

}  // namespace larder::net
