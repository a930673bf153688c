// Fleet: the resources and cache nodes of an organisation, as a file wants them.
//
// What a file does not mention stays as it is: a setting, the notes of a resource, its nodes.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apply/node_settings.h"

namespace larder::apply {

struct WantedNode {
  std::string name;
  Place place;
  boost::json::object settings;
  Places places;  // of the settings
};

struct WantedResource {
  std::string name;
  Place place;
  std::optional<std::string> notes;
  Place notes_place;
  std::optional<std::vector<WantedNode>> nodes;  // nullopt: nothing is said of them
};

struct Fleet {
  std::string organisation;  // "" if the file does not name one
  std::vector<WantedResource> resources;
};

/// How names are compared: two that differ in the case of ASCII letters are one.
std::string name_key(std::string_view name);

/// As a file has it: "organisation", "resources" and what is in them.
boost::json::value to_json(const Fleet& fleet);

}  // namespace larder::apply
