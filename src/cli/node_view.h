// How a cache node is shown to people.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "cli/context.h"

namespace larder::cli {

void show_nodes(Context& context, const boost::json::array& nodes);
/// `etag`: "" if the version is not known.
void show_node(Context& context, const boost::json::value& node, const std::string& etag);

/// "256 IPv4 addresses, 16 /56 networks" of an object with ipv4_addresses and ipv6_networks.
std::string amount_text(const boost::json::value& counts, const std::string& prefix = "");

/// "draining until 2026-12-01 03:00 UTC", "disabled since its drain ended on 2026-12-01 03:00 UTC".
std::string intent_text(const boost::json::value& node);

/// "--ipv4" and the like for the pointers of what a node still lacks.
std::string missing_text(const boost::json::value& node);

}  // namespace larder::cli
