// Decisions: what an administrator says to a review, and what that means for the node, and for all else that is listed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/actor.h"
#include "ledger/problem.h"
#include "net/address.h"
#include "space/ip_reviews.h"
#include "space/ip_space.h"

namespace larder::fleet {

struct ReviewDecision {
  enum class Kind { kApprove, kReject, kApprovePart };
  Kind kind = Kind::kApprove;
  std::vector<net::Prefix> approved;  // with kApprovePart
  std::optional<std::string> feedback;
  bool despite_overlaps = false;  // it is meant that other organisations have some of the addresses too
};

/// Decides on every pending block of the review, and keeps what is rejected in mind (space/ip_rejections.h).
/// Errors: kConflict (it is decided already; what it approves is routed to other organisations, as `overlaps` tells,
/// and this is not said to be meant); kInvalid at /blocks.
ledger::Result<> decide_review(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                               const space::IpSpaceRules& rules, const space::Review& review,
                               const ReviewDecision& decision);

}  // namespace larder::fleet
