// The settings of a cache node in a file: the members of the API's node that may be set, in the API's own form, so that
// what is wanted and what is there can be compared.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "apply/form.h"
#include "apply/mistakes.h"

namespace larder::apply {

inline constexpr std::array<std::string_view, 12> kNodeSettings = {
    "ipv4_address",    "ipv6_address", "fqdn",      "cidr_blocks", "share_blocks", "intent",
    "max_egress_mbps", "drives",       "proxy_url", "update",      "labels",       "notes"};

/// By pointer into the settings ("/cidr_blocks/3"): where in the file it stands.
struct Place {
  std::size_t line = 0;
  std::string key;
};
using Places = std::map<std::string, Place, std::less<>>;

/// What `form` says, written as the portal would write it; what it does not say is not in the result. `places` gets the
/// place of each.
boost::json::object read_node_settings(Form& form, Places& places, Mistakes& mistakes);

/// Those of a node that the portal shows.
boost::json::object settings_of(const boost::json::object& node);

}  // namespace larder::apply
