// Value, Row, Rows: what goes into a statement and what comes out of it.
//
// The common subset of SQLite and PostgreSQL: whole numbers (BIGINT), texts (TEXT) and null. Truth is 0 or 1, times are
// milliseconds since 1970 (UTC), ids are UUIDs as text, lists and trees are JSON as text.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace larder::database {

class Value {
 public:
  using Content = std::variant<std::nullptr_t, std::int64_t, std::string>;

  Value(std::nullptr_t) {}                                                           // NOLINT: implicit on purpose,
  Value(std::integral auto number) : content_(static_cast<std::int64_t>(number)) {}  // NOLINT: so that statements read
  Value(std::string text) : content_(std::move(text)) {}                             // NOLINT: like calls
  Value(std::string_view text) : content_(std::string(text)) {}                      // NOLINT
  Value(const char* text) : content_(std::string(text)) {}                           // NOLINT
  template <class T>
  Value(const std::optional<T>& value) : content_(value ? Value(*value).content_ : Content(nullptr)) {}  // NOLINT

  const Content& content() const { return content_; }
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(content_); }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  Content content_;
};

// Row: one row of a result, by column number from 0. The getters CHECK that the column is there and has the type:
// statements and schema are ours, so a mismatch is a bug.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

  std::size_t size() const { return values_.size(); }
  bool is_null(std::size_t column) const;
  std::int64_t number(std::size_t column) const;
  bool flag(std::size_t column) const { return number(column) != 0; }
  const std::string& text(std::size_t column) const;
  std::optional<std::int64_t> optional_number(std::size_t column) const;
  std::optional<std::string> optional_text(std::size_t column) const;
  const Value& value(std::size_t column) const { return at(column); }

 private:
  const Value& at(std::size_t column) const;

  std::vector<Value> values_;
};

struct Rows {
  std::vector<Row> rows;     // what SELECT and RETURNING give
  std::int64_t changed = 0;  // rows that INSERT, UPDATE or DELETE touched

  bool empty() const { return rows.empty(); }
  std::size_t size() const { return rows.size(); }
  const Row& operator[](std::size_t i) const { return rows[i]; }
  auto begin() const { return rows.begin(); }
  auto end() const { return rows.end(); }
};

}  // namespace larder::database
