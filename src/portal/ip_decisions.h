// Decisions: what an administrator says to a review, and what that means for the node, and for all else that is listed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "net/address.h"
#include "portal/actor.h"
#include "portal/ip_reviews.h"
#include "portal/ip_space.h"
#include "portal/problem.h"

namespace larder::portal {

struct ReviewDecision {
  enum class Kind { kApprove, kReject, kApprovePart };
  Kind kind = Kind::kApprove;
  std::vector<net::Prefix> approved;  // with kApprovePart
  std::optional<std::string> feedback;
  bool despite_overlaps = false;  // it is meant that other organisations have some of the addresses too
};

/// Decides on every pending block of the review, and keeps what is rejected in mind (ip_rejections.h).
/// Errors: kConflict (it is decided already; what it approves is routed to other organisations, as `overlaps` tells,
/// and this is not said to be meant); kInvalid at /blocks.
Result<> decide_review(database::Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                       const Review& review, const ReviewDecision& decision);

}  // namespace larder::portal
