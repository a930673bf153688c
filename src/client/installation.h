// Installation: what somebody has to have in hand to install a cache node: ids, customer key, registration key.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "client/api_client.h"

namespace larder::client {

struct Installation {
  std::string customer_id;
  std::string cache_node_id;
  std::string customer_key;
  std::string registration_key;             // for one use
  std::string registration_key_expires_at;  // RFC 3339
};

/// The node's keys and a fresh registration key: the one before is void. Without `valid_for` the portal says how long.
Result<Installation> make_installation(ApiClient& portal, const std::string& node_id,
                                       std::optional<std::chrono::hours> valid_for);

}  // namespace larder::client
