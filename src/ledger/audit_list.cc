#include "ledger/audit_list.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iterator>

#include "database/database.h"
#include "ledger/text.h"
#include "ledger/time.h"

namespace larder::ledger {
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

boost::json::object json_of(const Row& row) {
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
          {"object", boost::json::object{{"kind", row.text(10)}, {"id", row.text(11)}, {"name", row.text(12)}}}};
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

std::string to_text(const AuditEntry& entry) {
  std::string text = boost::json::serialize(entry.json);
  text.pop_back();
  fmt::format_to(std::back_inserter(text), R"(,"before":{},"after":{}}})", entry.before ? *entry.before : "null",
                 entry.after ? *entry.after : "null");
  return text;
}

Result<Step<AuditEntry>> list_audit(database::Transaction& transaction, const AuditFilter& filter,
                                    const PageQuery& page) {
  std::vector<Value> values;
  std::string which = " FROM audit a WHERE " + where_of(transaction, filter, values);
  which += page.where("a.id", values);
  constexpr std::string_view kSize =
      "CAST(COALESCE(LENGTH(a.before_json), 0) + COALESCE(LENGTH(a.after_json), 0)"
      " AS BIGINT)";
  TRY(const auto sizes, transaction.run(fmt::format("SELECT {}{}{}", kSize, which, page.order("a.id")), values));
  Step<AuditEntry> step;
  const std::size_t length = step_length(sizes, page.limit);
  if (length == 0) return step;
  step.more = sizes.size() > length;
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {}, {}{}{}", kColumns, page.key(), which, page.order("a.id", length)),
                      values));
  for (const Row& row : rows) {
    step.items.push_back(
        {{row.text(0), json_of(row), row.optional_text(13), row.optional_text(14)}, row.value(kColumnCount)});
  }
  return step;
}

}  // namespace larder::ledger
