// NodeConfig: the configuration of larder-node (docs/operations/configuration.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/log_config.h"
#include "core/result.h"
#include "http/client_limits.h"
#include "net/address.h"
#include "origin/origin_config.h"
#include "storage/slice_store.h"

namespace larder::node {

struct ListenConfig {
  std::vector<net::Endpoint> http;
  std::vector<net::Endpoint> https;
  std::optional<net::Endpoint> status;
  std::vector<std::string> status_names;  // that the status address answers to, beside addresses and the machine's own
  std::string control;                    // absolute path of the control socket; "": none
  std::size_t threads = 0;                // 0: one for each core
};

struct LimitsConfig {
  std::optional<std::uint64_t> egress;  // bytes per second, all clients together
  std::size_t connections = 0;          // 0: as many as the process may have descriptors
  http::ClientLimits::Limits clients;   // of each client
  std::uint64_t fill_memory = 256 * kMiB;
  std::size_t objects_in_memory = 200'000;
  std::chrono::milliseconds idle = std::chrono::seconds(60);        // a client between requests
  std::chrono::milliseconds head = std::chrono::seconds(10);        // a request's head
  std::chrono::milliseconds send_stall = std::chrono::seconds(60);  // a client that takes no byte
  std::chrono::milliseconds shutdown = std::chrono::seconds(30);    // responses that run when the node is to end
  std::chrono::milliseconds drain = std::chrono::minutes(10);       // what runs when a successor has taken over
  std::size_t head_bytes = 16 * kKiB;
};

// DriveLines: where in the file a drive's keys are.
struct DriveLines {
  unsigned path = 0;
  unsigned size = 0;
};

struct NodeConfig {
  std::string node_id;                 // for Via and CDN-Loop; made at random when not given
  std::vector<std::string> own_names;  // host names under which clients know this node
  std::string state;                   // absolute path of a folder for what it remembers beside its drives; "": none
  unsigned state_line = 0;             // of that key
  ListenConfig listen;
  std::string tls_certificate;
  std::string tls_key;
  std::vector<storage::DriveConfig> drives;
  std::vector<DriveLines> drive_lines;  // of the same drives
  std::uint64_t segment_size = 256 * kMiB;
  std::uint64_t scrub_rate = 10 * kMiB;  // bytes a second of each drive; 0: off
  LimitsConfig limits;
  origin::OriginConfig origin;
  LogConfig log;
  std::string access_log_target = "off";  // as log.target, or "off"
};

/// Reads and checks a whole configuration; drives are not looked at (configured_drives.h).
/// Errors: kInvalid; the text has a line for each problem: "FILE:LINE: KEY: what is wrong and what would be right".
Result<NodeConfig> parse_node_config(std::string_view text, std::string_view file);

}  // namespace larder::node
