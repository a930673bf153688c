// PageQuery: which page of a list is wanted, as pieces of SQL. The API reads it from a request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "database/value.h"

namespace larder::ledger {

struct SortKey {
  enum class Kind { kText, kTime };

  std::string_view name;        // in the query: "name"
  std::string_view expression;  // in SQL; never null
  Kind kind = Kind::kText;      // of the expression: kTime is milliseconds since 1970
};
constexpr SortKey by_time(std::string_view name, std::string_view expression) {
  return {name, expression, SortKey::Kind::kTime};
}

struct PageQuery {
  std::size_t limit = 50;
  bool descending = false;
  SortKey sort;
  std::optional<std::pair<database::Value, std::string>> after;  // sort key and id of the last one of the page before

  /// SQL of the sort key, to be selected beside the columns.
  std::string_view key() const { return sort.expression; }
  /// " AND (key, id) > (...)" for what comes after the cursor, its values appended; "" on the first page.
  std::string where(std::string_view id_expression, std::vector<database::Value>& values) const;
  /// " ORDER BY ... LIMIT limit + 1".
  std::string order(std::string_view id_expression) const;
  /// The same with a limit of `most`.
  std::string order(std::string_view id_expression, std::size_t most) const;
};

// Listed: an item of a list, and the value that it was sorted by.
template <class T>
struct Listed {
  T item;
  database::Value key;
};

// Step: as many items of a page as may be held at once; at least one, if there is any.
template <class T>
struct Step {
  std::vector<Listed<T>> items;
  bool more = false;  // behind these, whether on this page or not
};

/// How many items a step has: as many as come to kStepSize, at least one, and `limit` at most. `sizes`: rows with the
/// size of an item each, in the order of the page.
std::size_t step_length(const database::Rows& sizes, std::size_t limit);
constexpr std::int64_t kStepSize = 256 * 1024;  // characters

}  // namespace larder::ledger
