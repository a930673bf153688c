// Addresses to listen on, as configurations have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config_reader.h"
#include "net/address.h"

namespace larder::net {

/// A list of endpoints; those that are none are noted as problems of `key`.
std::vector<Endpoint> read_endpoints(ConfigTable& table, std::string_view key, std::vector<std::string> fallback);
/// One endpoint; nullopt for "off".
std::optional<Endpoint> read_endpoint_or_off(ConfigTable& table, std::string_view key, std::string_view fallback);

/// A list of host names, such as "cache1.example.net"; those that are none are noted as problems of `key`.
std::vector<std::string> read_host_names(ConfigTable& table, std::string_view key);

}  // namespace larder::net
