// Reading the audit log: pages of it, and all of it.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "portal/page_query.h"
#include "portal/problem.h"

namespace larder::database {
class Transaction;
}

namespace larder::portal {

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
  boost::json::object json;  // as the API shows it
};

Result<std::vector<Listed<AuditEntry>>> list_audit(database::Transaction& transaction, const AuditFilter& filter,
                                                   const PageQuery& page);

}  // namespace larder::portal
