// Reviews: what administrators have to say about blocks that are not approved by themselves.
//
// A node has at most one open review; it is about the blocks that are pending at the time it is looked at. Blocks go
// out of it; if others are asked for, another review takes its place, so that nobody approves what they have not seen.
// What was decided stays, also when the node is gone.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/audit.h"
#include "ledger/page_query.h"
#include "space/ip_overlaps.h"
#include "space/ip_rejections.h"
#include "space/ip_space.h"

namespace larder::space {

struct Review {
  std::string id;
  ledger::OrganisationRef organisation;
  ledger::Ref node;
  std::string state;  // "open", "approved", "rejected", "partly_approved", "withdrawn"
  std::optional<std::string> requested_by_id;
  std::string requested_by_name;
  std::int64_t requested_at = 0;
  boost::json::array blocks;  // as the API shows them; in a list the first ones
  std::int64_t block_count = 0;
  AddressCount count;  // of all
  // At this moment, in a list the first ones: of those `blocks` of an open review; of a decided one, of those that it
  // approved and the node still has, with what is routed to other organisations.
  std::vector<Overlap> overlaps;
  std::vector<MetRejection> rejections;  // that those `blocks` of an open review meet; as many
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

constexpr std::size_t kBlocksInList = 20;    // of a review
constexpr std::size_t kOverlapsShown = 200;  // of a review

/// Errors: kNotFound.
ledger::Result<Review> load_review(database::Transaction& transaction, std::string_view id);
/// The next ones of the page: those of nodes with thousands of blocks are large.
ledger::Result<ledger::Step<Review>> list_reviews(database::Transaction& transaction, const ReviewFilter& filter,
                                                  const ledger::PageQuery& page);
/// The node's open review; nullopt: there is none.
ledger::Result<std::optional<std::string>> open_review(database::Transaction& transaction, std::string_view node_id);

/// Before a node's blocks become `after`: withdraws its open review if nothing is pending then, or something else.
ledger::Result<> end_review(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                            const ledger::Ref& node, const IpSpace& before, const IpSpace& after);
/// Once they have: opens a review if blocks are pending and there is none.
ledger::Result<> begin_review(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                              const ledger::OrganisationRef& organisation, const ledger::Ref& node,
                              const IpSpace& after);
/// Withdraws the node's open review, if there is one; how many that were.
ledger::Result<std::int64_t> withdraw_review(database::Transaction& transaction, WallTime now,
                                             const ledger::Actor& actor, std::string_view node_id);

/// A block as reviews show it; `decision` is "approved", "rejected", or null.
boost::json::object review_entry(const IpBlock& block, boost::json::value decision);
ledger::AuditRecord review_record(const Review& review, std::string action);

}  // namespace larder::space
