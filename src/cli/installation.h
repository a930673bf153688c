// Installation: what somebody has to have in hand to install a cache node: ids, customer key, registration key.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "cli/context.h"

namespace larder::cli {

/// GET of the node's keys and a fresh registration key (the one before is void), as one object: customer_id,
/// cache_node_id, customer_key, registration_key, registration_key_expires_at.
Result<boost::json::object> make_installation(Context& context, const std::string& node_id,
                                              std::optional<std::chrono::seconds> valid_for);

void show_installation(Context& context, const boost::json::object& installation);

}  // namespace larder::cli
