#include "portal/audit_list.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "database/database.h"
#include "portal/organisations.h"
#include "portal/text.h"
#include "portal/time.h"

namespace larder::portal {
namespace {

using database::Row;
using database::Value;

constexpr std::string_view kColumns =
    "a.id, a.at, a.actor_id, a.actor_name, a.via, a.address, a.organisation_id, a.organisation_name,"
    " a.organisation_kind, a.action, a.kind, a.object_id, a.object_name, a.before_json, a.after_json, a.actor_claims";
constexpr std::size_t kColumnCount = 16;

boost::json::value or_null(const std::optional<std::string>& text) {
  return text ? boost::json::value(*text) : boost::json::value(nullptr);
}

boost::json::value parsed_or_null(const std::optional<std::string>& text) {
  return text ? boost::json::parse(*text) : boost::json::value(nullptr);
}

boost::json::object from_row(const Row& row) {
  boost::json::value organisation = nullptr;
  if (!row.is_null(6) && !row.is_null(7)) {
    organisation = boost::json::object{{"id", row.text(6)}, {"name", row.text(7)}, {"kind", row.text(8)}};
  }
  return {{"id", row.text(0)},
          {"at", time_to_string(row.number(1))},
          {"actor", boost::json::object{{"id", or_null(row.optional_text(2))},
                                        {"name", row.text(3)},
                                        {"claims", or_null(row.optional_text(15))}}},
          {"via", row.text(4)},
          {"address", or_null(row.optional_text(5))},
          {"organisation", std::move(organisation)},
          {"action", row.text(9)},
          {"object", boost::json::object{{"kind", row.text(10)}, {"id", row.text(11)}, {"name", row.text(12)}}},
          {"before", parsed_or_null(row.optional_text(13))},
          {"after", parsed_or_null(row.optional_text(14))}};
}

std::string where_of(database::Transaction& transaction, const AuditFilter& filter, std::vector<Value>& values) {
  std::string where = "1 = 1";
  const auto add = [&](std::string_view condition, Value value) {
    values.push_back(std::move(value));
    where += " AND " + fmt::format(fmt::runtime(condition), fmt::format("${}", values.size()));
  };
  if (filter.organisations) {
    values.emplace_back(json_list(*filter.organisations));
    where += fmt::format(" AND a.organisation_id IN (SELECT value FROM {} AS visible)", transaction.list("$1"));
  }
  if (filter.organisation) add("a.organisation_id = {}", *filter.organisation);
  if (filter.action) {
    add("a.action || '.' LIKE {} ESCAPE '\\'", like_pattern(*filter.action + ".").substr(1));
  }
  if (filter.actor) add("(a.actor_id = {0} OR a.actor_name = {0})", *filter.actor);
  if (filter.object) add("(a.object_id = {0} OR a.object_name = {0})", *filter.object);
  if (filter.from) add("a.at >= {}", *filter.from);
  if (filter.to) add("a.at < {}", *filter.to);
  return where;
}

}  // namespace

Result<std::vector<Listed<AuditEntry>>> list_audit(database::Transaction& transaction, const AuditFilter& filter,
                                                   const PageQuery& page) {
  std::vector<Value> values;
  std::string where = where_of(transaction, filter, values);
  where += page.where("a.id", values);
  TRY(const auto rows, transaction.run(fmt::format("SELECT {}, {} FROM audit a WHERE {}{}", kColumns, page.key(), where,
                                                   page.order("a.id")),
                                       values));
  std::vector<Listed<AuditEntry>> list;
  for (const Row& row : rows) list.push_back({{row.text(0), from_row(row)}, row.value(kColumnCount)});
  return list;
}

}  // namespace larder::portal
