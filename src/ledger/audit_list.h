// Reading the audit log: pages of it, and all of it.
//
// Cost       an entry of a node with thousands of blocks is large: what was before and after stays the text that it is
// in
//            the database, and a step has only so many entries as come to kStepSize, or one.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ledger/page_query.h"
#include "ledger/problem.h"

namespace larder::database {
class Transaction;
}

namespace larder::ledger {

struct AuditFilter {
  std::optional<std::vector<std::string>> organisations;  // nullopt: all, and what is of no organisation
  std::optional<std::string> organisation;
  std::optional<std::string> action;  // "node.create", or "node" for all of nodes
  std::optional<std::string> actor;   // id or name
  std::optional<std::string> object;  // id or name
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> to;  // not included
};

struct AuditEntry {
  std::string id;
  boost::json::object json;           // as the API shows it, but for these two
  std::optional<std::string> before;  // JSON
  std::optional<std::string> after;
};
/// All of it, as the API shows it.
std::string to_text(const AuditEntry& entry);

/// The next entries of the page.
Result<Step<AuditEntry>> list_audit(database::Transaction& transaction, const AuditFilter& filter,
                                    const PageQuery& page);

}  // namespace larder::ledger
