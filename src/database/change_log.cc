#include "database/change_log.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "database/database.h"

namespace larder::database {
namespace {

// Of a log that nothing was written to yet.
constexpr std::string_view kEmpty = "0";

/// The number of the change at `position`; nullopt: it is not there.
Result<std::optional<std::int64_t>> number_at(Transaction& transaction, const std::string& position) {
  TRY(const Rows rows, position == kEmpty
                           ? transaction.run("SELECT CAST(0 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM change)")
                           : transaction.run("SELECT seq FROM change WHERE tag = $1", {position}));
  return rows.empty() ? std::nullopt : std::optional(rows[0].number(0));
}

std::string json_of(const std::vector<std::string>& texts) {
  boost::json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return boost::json::serialize(list);
}

}  // namespace

Result<std::string> latest_position(Transaction& transaction) {
  TRY(const Rows rows, transaction.run("SELECT tag FROM change ORDER BY seq DESC LIMIT 1"));
  return rows.empty() ? std::string(kEmpty) : rows[0].text(0);
}

Result<std::optional<ChangesSince>> changes_since(Transaction& transaction, const ChangeQuery& query) {
  TRY(const auto start, number_at(transaction, query.since));
  if (!start) return std::nullopt;
  std::vector<Value> values = {*start};
  std::string visible;
  if (query.organisations) {
    values.emplace_back(json_of(*query.organisations));
    visible = fmt::format(" AND organisation_id IN (SELECT value FROM {} AS visible)", transaction.list("$2"));
  }
  TRY(const Rows rows, transaction.run(fmt::format("SELECT kind, object_id, organisation_id, tag FROM change"
                                                   " WHERE seq > $1{} ORDER BY seq LIMIT {}",
                                                   visible, query.limit + 1),
                                       values));
  ChangesSince found;
  found.more = rows.size() > query.limit;
  const std::size_t count = std::min(rows.size(), query.limit);
  for (std::size_t i = 0; i < count; ++i) {
    found.changes.push_back({rows[i].text(0), rows[i].text(1), rows[i].text(2)});
  }
  if (found.more) {
    found.position = count == 0 ? query.since : rows[count - 1].text(3);
  } else {
    TRY(found.position, latest_position(transaction));
  }
  return found;
}

Result<std::int64_t> prune_changes(Transaction& transaction, std::int64_t kept) {
  TRY(const Rows rows, transaction.run("DELETE FROM change WHERE seq <= (SELECT MAX(seq) FROM change) - $1", {kept}));
  return rows.changed;
}

}  // namespace larder::database
