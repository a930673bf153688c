#include "apply/present.h"

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "core/json_at.h"

namespace larder::apply {

Present make_present(std::string organisation, const boost::json::array& resources, const boost::json::array& nodes) {
  Present present;
  present.organisation = std::move(organisation);
  std::map<std::string, std::size_t> places;  // of resources, by id
  for (const auto& item : resources) {
    places.emplace(text_at(item, "/id"), present.resources.size());
    present.resources.push_back({text_at(item, "/id"), text_at(item, "/name"), "", text_at(item, "/notes"), {}});
  }
  for (const auto& item : nodes) {
    const auto found = places.find(text_at(item, "/resource/id"));
    if (found == places.end() || !item.is_object()) continue;
    present.resources[found->second].nodes.push_back(
        {text_at(item, "/id"), text_at(item, "/name"), "", settings_of(item.get_object())});
  }
  return present;
}

Fleet described(const Present& present) {
  Fleet fleet;
  fleet.organisation = present.organisation;
  for (const PresentResource& resource : present.resources) {
    std::vector<WantedNode> nodes;
    for (const PresentNode& node : resource.nodes) nodes.push_back({node.name, {}, node.settings, {}});
    fleet.resources.push_back({resource.name, {}, resource.notes, {}, std::move(nodes)});
  }
  return fleet;
}

}  // namespace larder::apply
