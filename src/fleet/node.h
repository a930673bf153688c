// Node: a cache node as the portal manages it: what its owners want of it. What it reports of itself is not here.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/organisation_ref.h"
#include "ledger/ref.h"
#include "space/cidr_list.h"

namespace larder::fleet {

enum class IntentState { kEnabled, kDisabled, kDraining };
std::string_view to_string(IntentState state);
/// REQUIRES: "enabled", "disabled" or "draining".
IntentState intent_state(std::string_view text);

/// Whether clients are to be sent to the node. A node that drains gets no new ones; past `until` it is disabled.
struct Intent {
  IntentState state = IntentState::kEnabled;
  std::optional<std::int64_t> until;

  IntentState effective(std::int64_t now_ms) const;
};

struct NodeDrive {
  std::string path;
  std::int64_t size_gib = 0;
};

/// When a node takes a new release: as soon as there is one (fast), or in a week of the month, at a day and time (UTC).
struct UpdateWindow {
  std::string ring = "fast";
  std::optional<std::int64_t> week;  // 1..4
  std::optional<std::int64_t> day;   // 1 is Monday
  std::optional<std::string> time;   // "03:00"
};

/// What owners and operators set.
struct NodeSettings {
  std::optional<std::string> ipv4_address;
  std::optional<std::string> ipv6_address;
  std::optional<std::string> fqdn;
  bool share_blocks = false;
  Intent intent;
  std::optional<std::int64_t> max_egress_mbps;
  std::vector<NodeDrive> drives;
  std::optional<std::string> proxy_url;
  UpdateWindow update;
  boost::json::object labels;
  std::string notes;
};

/// What the row says of the node's blocks.
struct IpSpaceSummary {
  std::string state = "not_configured";
  space::AddressCount requested;
  space::AddressCount routed;
  std::optional<std::string> feedback;
};

struct Node {
  ledger::Ref ref;
  ledger::OrganisationRef organisation;
  ledger::Ref resource;
  NodeSettings settings;
  std::vector<std::string> cidr_blocks;
  IpSpaceSummary ip_space;
  std::int64_t version = 1;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
};

/// `now_ms`: what is effective depends on it.
boost::json::object to_json(const Node& node, std::int64_t now_ms);

}  // namespace larder::fleet
