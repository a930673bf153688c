#include "database/value.h"

#include "core/check.h"

namespace larder::database {

const Value& Row::at(std::size_t column) const {
  CHECK(column < values_.size(), "a row has fewer columns than are asked for");
  return values_[column];
}

bool Row::is_null(std::size_t column) const { return at(column).is_null(); }

std::int64_t Row::number(std::size_t column) const {
  const auto* number = std::get_if<std::int64_t>(&at(column).content());
  CHECK(number != nullptr, "a column is no number");
  return *number;
}

const std::string& Row::text(std::size_t column) const {
  const auto* text = std::get_if<std::string>(&at(column).content());
  CHECK(text != nullptr, "a column is no text");
  return *text;
}

std::optional<std::int64_t> Row::optional_number(std::size_t column) const {
  return is_null(column) ? std::nullopt : std::optional(number(column));
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

}  // namespace larder::database
