// Rejections: the addresses that an administrator rejected for an organisation, whatever becomes of node and list.
//
// What overlaps them, in whichever parts it is listed, waits for a review: for all nodes of the organisation, and of
// organisations that are tied to it: one of their owners, today or at any time before, is or was an owner of it, of
// both by what they did themselves (members.h). Who gives up being an owner for the while has not got rid of what was
// decided; and nobody ties another organisation to their own rejections by making its people owners. Members read of a
// tie only that something was rejected, and not by asking what a list would do; administrators see it in the review.
// The last decision holds: what is approved later is rejected no more, and the rest of the range stays so. An
// administrator may also lift a rejection.
//
// Cost       one index lookup for each block, and for each organisation whose rejections count; a decision reads the
//            ranges that its blocks overlap.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/audit.h"
#include "ledger/organisation_ref.h"
#include "ledger/page_query.h"
#include "ledger/ref.h"
#include "net/address.h"
#include "net/address_range.h"

namespace larder::space {

struct Rejection {
  std::string id;
  ledger::OrganisationRef organisation;
  net::AddressRange range;
  std::string feedback;
  std::optional<std::string> review_id;  // nullopt: it is older than the record of rejections
  ledger::Ref node;                      // it may be gone
  std::optional<std::string> rejected_by_id;
  std::optional<std::string> rejected_by_name;
  std::int64_t rejected_at = 0;
};
boost::json::object to_json(const Rejection& rejection);

// RejectedOverlap: a block that somebody wants, and a range that it overlaps.
struct RejectedOverlap {
  net::Prefix wanted;
  net::AddressRange range;
  std::string feedback;
  bool own = true;  // false: it was rejected for an organisation that is tied to this one; the rest does not count
};

// MetRejection: the same for administrators.
struct MetRejection {
  net::Prefix wanted;
  Rejection rejection;
  std::optional<ledger::Ref> owner;  // by whom the organisations are tied; nullopt: it is the organisation's own
};
boost::json::object to_json(const MetRejection& met);

/// "2.16.0.0/13", or "2.16.0.0 - 2.20.255.255".
std::string to_string(const net::AddressRange& range);

enum class Ties { kCount, kIgnored };
/// For each of `wanted` at most one of the organisation's own, and one for all that are tied to it.
ledger::Result<std::vector<RejectedOverlap>> find_rejected(database::Transaction& transaction,
                                                           std::string_view organisation_id,
                                                           const std::vector<net::Prefix>& wanted,
                                                           Ties ties = Ties::kCount);
/// For each of `wanted` at most one of each organisation; its own first.
ledger::Result<std::vector<MetRejection>> find_met(database::Transaction& transaction, std::string_view organisation_id,
                                                   const std::vector<net::Prefix>& wanted, std::size_t limit);
/// All of the organisation, in order.
ledger::Result<std::vector<net::AddressRange>> rejected_ranges(database::Transaction& transaction,
                                                               std::string_view organisation_id);

/// What was decided of one node's blocks. `rejection` says by whom and why; its id and range do not count.
ledger::Result<> keep_decision(database::Transaction& transaction, WallTime now, const Rejection& rejection,
                               const std::vector<net::Prefix>& approved, const std::vector<net::Prefix>& rejected);

/// Errors: kNotFound.
ledger::Result<Rejection> load_rejection(database::Transaction& transaction, std::string_view id);
ledger::Result<std::vector<ledger::Listed<Rejection>>> list_rejections(database::Transaction& transaction,
                                                                       const std::optional<std::string>& organisation,
                                                                       const ledger::PageQuery& page);
/// Blocks that were rejected for it, or wait because of it, are not looked at again here.
ledger::Result<> remove_rejection(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                  const Rejection& rejection);

}  // namespace larder::space
