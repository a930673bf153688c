#include "apply/fleet_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "apply/form.h"
#include "apply/yaml_parser.h"
#include "core/shown.h"

namespace larder::apply {
namespace {

constexpr std::size_t kMostNodeName = 90;

// Names that came before, with their lines.
class KnownNames {
 public:
  void add(std::string_view name, const Place& place, Mistakes& mistakes) {
    const auto [known, is_new] = lines_.emplace(name_key(name), place.line);
    if (is_new || name.empty()) return;
    mistakes.add(place.line, place.key,
                 fmt::format("{} is listed twice: line {} has it too", shown(name, kMostNodeName), known->second));
  }

 private:
  std::map<std::string, std::size_t, std::less<>> lines_;
};

Place place_of(Form& form, std::string_view name) {
  const YamlValue* value = form.find(name);
  return {value == nullptr ? form.line() : value->line, form.key(name)};
}

bool is_node_name(std::string_view name) {
  return name.size() <= kMostNodeName && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

WantedNode read_node(const YamlValue& value, const std::string& at, Mistakes& mistakes) {
  Form form(value, at, mistakes);
  WantedNode node;
  node.name = form.demanded_text("name");
  node.place = place_of(form, "name");
  if (!is_node_name(node.name)) {
    mistakes.add(node.place.line, node.place.key,
                 fmt::format("a node's name is 1 to {} letters, digits, - and _: seattle-1", kMostNodeName));
  }
  node.settings = read_node_settings(form, node.places, mistakes);
  form.refuse_unknown();
  return node;
}

std::vector<WantedNode> read_nodes(const YamlValue& list, const std::string& at, Mistakes& mistakes) {
  std::vector<WantedNode> nodes;
  KnownNames known;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    nodes.push_back(read_node(*list.items[i], fmt::format("{}[{}]", at, i), mistakes));
    known.add(nodes.back().name, nodes.back().place, mistakes);
  }
  return nodes;
}

WantedResource read_resource(const YamlValue& value, const std::string& at, Mistakes& mistakes) {
  Form form(value, at, mistakes);
  WantedResource resource;
  resource.name = form.demanded_text("name");
  resource.place = place_of(form, "name");
  resource.notes = form.is_null("notes") ? std::optional<std::string>("") : form.text("notes");
  resource.notes_place = place_of(form, "notes");
  if (const YamlValue* nodes = form.list("nodes")) resource.nodes = read_nodes(*nodes, form.key("nodes"), mistakes);
  form.refuse_unknown();
  return resource;
}

Fleet read_document(const YamlValue& value, Mistakes& mistakes) {
  Form form(value, "", mistakes);
  Fleet fleet;
  fleet.organisation = form.text("organisation").value_or("");
  if (form.find("resources") == nullptr) form.missing("resources", "the list of resources, each with its nodes");
  if (const YamlValue* resources = form.list("resources")) {
    KnownNames known;
    for (std::size_t i = 0; i < resources->items.size(); ++i) {
      fleet.resources.push_back(read_resource(*resources->items[i], fmt::format("resources[{}]", i), mistakes));
      known.add(fleet.resources.back().name, fleet.resources.back().place, mistakes);
    }
  }
  form.refuse_unknown();
  return fleet;
}

}  // namespace

Result<Fleet, Mistakes> read_fleet(std::string_view text) {
  Mistakes mistakes;
  const auto value = parse_yaml(text);
  if (!value) {
    mistakes.add(value.error().line, value.error().key, value.error().text);
    return std::unexpected(std::move(mistakes));
  }
  Fleet fleet = read_document(**value, mistakes);
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return fleet;
}

}  // namespace larder::apply
