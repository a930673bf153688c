// Present: the resources and cache nodes that an organisation has, as the portal told.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "apply/fleet.h"

namespace larder::apply {

struct PresentNode {
  std::string id;
  std::string name;
  std::string etag;  // "" while its version has not been asked for
  boost::json::object settings;
};

struct PresentResource {
  std::string id;
  std::string name;
  std::string etag;
  std::string notes;
  std::vector<PresentNode> nodes;
};

struct Present {
  std::string organisation;
  std::vector<PresentResource> resources;
};

/// Of the lists /resources and /nodes of that organisation.
Present make_present(std::string organisation, const boost::json::array& resources, const boost::json::array& nodes);

/// All of it, as a file would say it.
Fleet described(const Present& present);

}  // namespace larder::apply
