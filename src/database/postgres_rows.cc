#include "database/postgres_rows.h"

#include <charconv>
#include <cstring>
#include <string_view>

namespace larder::database {
namespace {

// Types of columns: src/include/catalog/pg_type.dat of PostgreSQL.
enum class Shape { kNumber, kTruth, kText, kOther };

Shape shape_of(::Oid type) {
  switch (type) {
    case kBigintType:
    case 21:                           // smallint
    case 23:                           // integer
    case 26:                           // oid
    case 1700: return Shape::kNumber;  // numeric: what SUM gives
    case 16: return Shape::kTruth;     // boolean
    case kTextType:
    case 18:                         // "char"
    case 19:                         // name
    case 114:                        // json
    case 705:                        // unknown
    case 1042:                       // char(n)
    case 1043:                       // varchar
    case 2278:                       // void: what pg_notify() gives
    case 2950:                       // uuid
    case 3802: return Shape::kText;  // jsonb
    default: return Shape::kOther;
  }
}

Result<Value> value_of(::Oid type, std::string_view text, int column) {
  switch (shape_of(type)) {
    case Shape::kText: return Value(text);
    case Shape::kTruth: return Value(text == "t" ? 1 : 0);
    case Shape::kNumber: {
      std::int64_t number = 0;
      const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (bad == std::errc() && end == text.data() + text.size()) return Value(number);
      break;
    }
    case Shape::kOther: break;
  }
  return fail(Errc::kInvalid, "column {} is neither a whole number nor a text", column + 1);
}

}  // namespace

Result<Rows> rows_of(const ::PGresult* result) {
  Rows rows;
  const int columns = ::PQnfields(result);
  for (int i = 0; i < ::PQntuples(result); ++i) {
    std::vector<Value> values;
    for (int column = 0; column < columns; ++column) {
      if (::PQgetisnull(result, i, column) != 0) {
        values.emplace_back(nullptr);
        continue;
      }
      const std::string_view text(::PQgetvalue(result, i, column),
                                  static_cast<std::size_t>(::PQgetlength(result, i, column)));
      TRY(Value value, value_of(::PQftype(result, column), text, column));
      values.push_back(std::move(value));
    }
    rows.rows.emplace_back(std::move(values));
  }
  // "INSERT 0 1", "UPDATE 3", "DELETE 2"; a SELECT counts its rows there too.
  const std::string_view tag = ::PQcmdStatus(const_cast<::PGresult*>(result));
  if (tag.starts_with("INSERT") || tag.starts_with("UPDATE") || tag.starts_with("DELETE")) {
    const char* count = ::PQcmdTuples(const_cast<::PGresult*>(result));
    std::from_chars(count, count + std::strlen(count), rows.changed);
  }
  return rows;
}

}  // namespace larder::database
