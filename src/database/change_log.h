// The change log: which objects were changed, in the order of commits, in the table `change` (ledger/schema).
//
// Transaction::log() writes it. Who follows it asks for the latest position, reads everything, and from then on looks
// again at what was changed since the position that they have; the change feed says when it is worth asking. Whoever
// sees a change has seen, or is given with it, all that were committed before. Only the last kKept changes are kept:
// whose position is not among them reads everything anew, also after the database was restored from a backup.
//
// Source     docs/decisions/0023-change-log.md
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace larder::database {

class Transaction;

struct LoggedChange {
  std::string kind;  // "node", "resource", "organisation": a word of the API
  std::string id;
  std::string organisation;  // the id of whose it is

  friend auto operator<=>(const LoggedChange&, const LoggedChange&) = default;
};

/// The kind of the Change that is announced when something was logged; its id is the organisation's, and once more "".
constexpr std::string_view kLogChange = "change";

// What was changed since a position. An object may come several times.
struct ChangesSince {
  std::vector<LoggedChange> changes;
  std::string position;  // after these
  bool more = false;     // there are more behind it
};

struct ChangeQuery {
  std::string since;                                      // a position
  std::optional<std::vector<std::string>> organisations;  // of these only; nullopt: of all
  std::size_t limit = 0;
};

/// Where the log ends by now.
Result<std::string> latest_position(Transaction& transaction);
/// nullopt: the log does not know that position, or not any more.
Result<std::optional<ChangesSince>> changes_since(Transaction& transaction, const ChangeQuery& query);

/// How many changes prune_changes() leaves.
constexpr std::int64_t kKeptChanges = 100'000;
/// Returns how many it removed.
Result<std::int64_t> prune_changes(Transaction& transaction, std::int64_t kept = kKeptChanges);

}  // namespace larder::database
