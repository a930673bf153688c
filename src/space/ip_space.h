// IP space: the address blocks whose clients are sent to a cache node, each with what is thought of it.
//
// A block is routed once it is approved: at once if nothing speaks against it, by an administrator otherwise.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "ledger/organisation_ref.h"
#include "ledger/ref.h"
#include "net/address.h"
#include "space/cidr_list.h"
#include "space/ip_space_config.h"

namespace larder::space {

enum class BlockState { kApproved, kInReview, kAttentionRequired, kRejected };
std::string_view to_string(BlockState state);
/// REQUIRES: one of the words above.
BlockState block_state(std::string_view text);

/// Why a block is not approved by itself.
struct Reason {
  // "too_many", "overlaps_own", "overlaps_other", "overlaps_rejected", "absurd_size", "bogon", "unallocated",
  // "rejected"
  std::string code;
  std::string detail;
  std::optional<ledger::Ref> node;  // of the same organisation: another one's is nobody's business
};

struct IpBlock {
  net::Prefix prefix;
  BlockState state = BlockState::kApproved;
  std::vector<Reason> reasons;
  std::int64_t since = 0;
};
boost::json::object to_json(const IpBlock& block);
/// Whether an administrator has to look at it.
bool is_pending(const IpBlock& block);

enum class IpSpaceState { kNotConfigured, kValid, kInReview, kAttentionRequired };
std::string_view to_string(IpSpaceState state);

struct IpSpace {
  std::vector<IpBlock> blocks;  // in the order they were given

  IpSpaceState state() const;
  AddressCount requested() const;
  AddressCount routed() const;
  AddressCount pending() const;
  std::vector<net::Prefix> prefixes() const;
  bool has_pending() const;  // what an administrator has to look at
};

struct IpSpaceRequest {
  ledger::OrganisationRef organisation;
  std::string node_id;  // "" for one that is not there yet
  CidrList list;
  bool share = false;       // these blocks may overlap the organisation's own other nodes
  bool asked_only = false;  // nothing is stored: of rejections only the organisation's own are told
  bool again = false;       // nobody asks now: an overlap with them is a reason, and no mistake
};

struct IpSpaceRules {
  const IpSpaceConfig& limits;
  bool allow_private;  // an ISP may have private blocks
};

// Claims: how many addresses an organisation's blocks hold, IPv4 and IPv6 together. What two of its nodes share counts
// twice; of one node kMostClaimed count, which is above all limits.
struct Claims {
  std::int64_t approved = 0;
  std::int64_t pending = 0;

  std::int64_t total() const { return approved + pending; }
};
constexpr std::int64_t kMostClaimed = std::int64_t{1} << 41;

/// Of all nodes but `except_node` ("": of all).
ledger::Result<Claims> load_claims(database::Transaction& transaction, std::string_view organisation_id,
                                   std::string_view except_node);

/// What becomes of a request: every block with its state. Blocks that `before` has as approved keep that, and rejected
/// ones until the rejection is lifted.
/// An overlap with the organisation's own nodes that is not on purpose is a problem at "/cidr_blocks/<entry>".
ledger::Result<IpSpace> assess(database::Transaction& transaction, WallTime now, const IpSpaceRules& rules,
                               const IpSpaceRequest& request, const IpSpace& before, ledger::FieldProblems& problems);

ledger::Result<IpSpace> load_ip_space(database::Transaction& transaction, std::string_view node_id);
/// Only the blocks that an administrator has to look at, and of those the first `limit`.
ledger::Result<IpSpace> load_pending(database::Transaction& transaction, std::string_view node_id, std::size_t limit);
/// Replaces the node's blocks, and the numbers and state in its row.
ledger::Result<> save_ip_space(database::Transaction& transaction, std::string_view organisation_id,
                               std::string_view node_id, const IpSpace& space,
                               const std::optional<std::string>& feedback);

}  // namespace larder::space
