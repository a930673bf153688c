// How commands make and show what installing a cache node needs.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "cli/context.h"
#include "client/installation.h"

namespace larder::cli {

/// client::make_installation(). `valid_for`: what --expires-in says. Errors: kUsage (no whole number of hours).
Result<client::Installation> make_installation(Context& context, const std::string& node_id,
                                               std::optional<std::chrono::seconds> valid_for);

/// Its members by their names.
boost::json::value installation_json(const client::Installation& installation);

void show_installation(Context& context, const client::Installation& installation);

}  // namespace larder::cli
