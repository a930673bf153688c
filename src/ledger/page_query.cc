#include "ledger/page_query.h"

#include <fmt/format.h>

#include <algorithm>

namespace larder::ledger {

std::string PageQuery::where(std::string_view id_expression, std::vector<database::Value>& values) const {
  if (!after) return "";
  values.push_back(after->first);
  values.emplace_back(after->second);
  // CAST: without it PostgreSQL takes the type of a bare $n from its surroundings, which a row does not have.
  return fmt::format(" AND ({}, {}) {} (CAST(${} AS {}), ${})", sort.expression, id_expression, descending ? "<" : ">",
                     values.size() - 1,
                     std::holds_alternative<std::int64_t>(after->first.content()) ? "BIGINT" : "TEXT", values.size());
}

std::string PageQuery::order(std::string_view id_expression) const { return order(id_expression, limit + 1); }

std::string PageQuery::order(std::string_view id_expression, std::size_t most) const {
  const std::string_view direction = descending ? "DESC" : "ASC";
  return fmt::format(" ORDER BY {} {}, {} {} LIMIT {}", sort.expression, direction, id_expression, direction, most);
}

std::size_t step_length(const database::Rows& sizes, std::size_t limit) {
  std::size_t length = 0;
  std::int64_t sum = 0;
  while (length < std::min(sizes.size(), limit)) {
    sum += sizes[length].number(0);
    if (length > 0 && sum > kStepSize) break;
    ++length;
  }
  return length;
}

}  // namespace larder::ledger
