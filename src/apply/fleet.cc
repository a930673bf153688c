#include "apply/fleet.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cctype>
#include <utility>

namespace larder::apply {
namespace {

namespace json = boost::json;

json::object resource_json(const WantedResource& resource) {
  json::object object = {{"name", resource.name}};
  if (resource.notes) object["notes"] = *resource.notes;
  if (!resource.nodes) return object;
  json::array nodes;
  for (const WantedNode& node : *resource.nodes) {
    json::object members = {{"name", node.name}};
    for (const auto& setting : node.settings) members[setting.key()] = setting.value();
    nodes.push_back(std::move(members));
  }
  object["nodes"] = std::move(nodes);
  return object;
}

}  // namespace

std::string name_key(std::string_view name) {
  std::string key(name);
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return key;
}

json::value to_json(const Fleet& fleet) {
  json::object object;
  if (!fleet.organisation.empty()) object["organisation"] = fleet.organisation;
  json::array resources;
  for (const WantedResource& resource : fleet.resources) resources.push_back(resource_json(resource));
  object["resources"] = std::move(resources);
  return object;
}

}  // namespace larder::apply
