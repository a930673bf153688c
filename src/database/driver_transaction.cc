#include "database/driver_transaction.h"

#include <string>

#include "core/utf8.h"

namespace larder::database {
namespace {

// PostgreSQL keeps neither a NUL nor what is not UTF-8, SQLite would: both refuse it.
Result<> check_values(std::span<const Value> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto* text = std::get_if<std::string>(&values[i].content());
    if (text == nullptr) continue;
    if (text->find('\0') != std::string::npos) return fail(Errc::kInvalid, "the text ${} has a NUL byte", i + 1);
    if (!is_utf8(*text)) return fail(Errc::kInvalid, "the text ${} is not UTF-8", i + 1);
  }
  return {};
}

}  // namespace

Result<Rows> DriverTransaction::run(std::string_view sql, std::span<const Value> values) {
  if (failure_) return std::unexpected(*failure_);
  auto rows = [&]() -> Result<Rows> {
    TRY_VOID(check_values(values));
    return run_statement(sql, values);
  }();
  if (!rows) failure_ = rows.error();
  return rows;
}

std::vector<Change> DriverTransaction::announcements() const {
  std::vector<Change> all = changes_;
  std::set<std::string> organisations;
  for (const LoggedChange& change : logged_) {
    all.emplace_back(change.kind, change.id);
    organisations.insert(change.organisation);
  }
  if (!logged_.empty()) organisations.insert("");
  for (const std::string& organisation : organisations) all.emplace_back(std::string(kLogChange), organisation);
  return all;
}

}  // namespace larder::database
