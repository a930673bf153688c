// NodePlace: the argument and options by which commands name a cache node.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/lookup.h"

namespace larder::cli {

struct NodePlace {
  std::string name;
  std::string organisation;
  std::string resource;

  void add_to(Command command, bool with_name = true);
  Result<Found> find(Context& context) const { return find_node(context, name, organisation, resource); }
};

}  // namespace larder::cli
