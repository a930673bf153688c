// PageQuery: which page of a list is wanted, as pieces of SQL. The API reads it from a request.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "database/value.h"

namespace larder::portal {

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
};

// Listed: an item of a list, and the value that it was sorted by.
template <class T>
struct Listed {
  T item;
  database::Value key;
};

}  // namespace larder::portal
