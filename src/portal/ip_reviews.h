// Reviews: what administrators have to say about blocks that are not approved by themselves.
//
// A node has at most one open review; it is about the blocks that are pending at the time it is looked at. What was
// decided stays, also when the node is gone.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portal/audit.h"
#include "portal/ip_overlaps.h"
#include "portal/ip_space.h"
#include "portal/page_query.h"

namespace larder::portal {

struct Review {
  std::string id;
  OrganisationRef organisation;
  Ref node;
  std::string state;  // "open", "approved", "rejected", "partly_approved", "withdrawn"
  std::optional<std::string> requested_by_id;
  std::string requested_by_name;
  std::int64_t requested_at = 0;
  boost::json::array blocks;  // as the API shows them
  AddressCount count;
  std::vector<Overlap> overlaps;  // of an open review, at this moment
  std::optional<std::string> feedback;
  std::optional<std::string> decided_by_id;
  std::optional<std::string> decided_by_name;
  std::optional<std::int64_t> decided_at;
};
boost::json::object to_json(const Review& review);

struct ReviewFilter {
  std::optional<std::string> state;
  std::optional<std::string> organisation;
};

struct ReviewDecision {
  enum class Kind { kApprove, kReject, kApprovePart };
  Kind kind = Kind::kApprove;
  std::vector<net::Prefix> approved;  // with kApprovePart
  std::optional<std::string> feedback;
};

/// Errors: kNotFound.
Outcome<Review> load_review(database::Transaction& transaction, std::string_view id);
Outcome<std::vector<Listed<Review>>> list_reviews(database::Transaction& transaction, const ReviewFilter& filter,
                                                  const PageQuery& page);
/// The node's open review; nullopt: there is none.
Outcome<std::optional<std::string>> open_review(database::Transaction& transaction, std::string_view node_id);

/// Opens a review if blocks are pending and there is none, withdraws the open one if none are.
Outcome<> sync_review(database::Transaction& transaction, WallTime now, const Actor& actor,
                      const OrganisationRef& organisation, const Ref& node, const IpSpace& space);
/// Withdraws the node's open review, if there is one; how many that were.
Outcome<std::int64_t> withdraw_review(database::Transaction& transaction, WallTime now, const Actor& actor,
                                      std::string_view node_id);

/// Decides on every pending block of the review. Errors: kConflict (it is decided already); kInvalid at /blocks.
Outcome<> decide_review(database::Transaction& transaction, WallTime now, const Actor& actor, const Review& review,
                        const ReviewDecision& decision);

}  // namespace larder::portal
