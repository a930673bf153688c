// OriginConfig: the [origin] table of larder-node's configuration (docs/operations/content-rules.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/config_reader.h"
#include "origin/connection_pool.h"
#include "origin/origin_client.h"
#include "origin/resolver.h"
#include "origin/rule_set.h"

namespace larder::origin {

struct OriginConfig {
  std::shared_ptr<const RuleSet> rules;  // never null
  std::vector<ResolveOverride> resolve;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(3);
  std::chrono::milliseconds first_byte_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(10);
  std::size_t connections_per_origin = 128;  // of the whole node
  std::string ca_file;                       // empty: the system's

  /// What each of `loop_count` loops gets.
  ConnectionPool::Options pool_options(std::size_t loop_count) const;
  OriginClient::Options client_options(std::string node_id, std::string version) const;
};

/// Reads the [origin] table and notes every problem on it; the result is usable only if there was none.
OriginConfig read_origin_config(ConfigTable origin);

}  // namespace larder::origin
