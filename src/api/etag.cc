#include "api/etag.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "core/json.h"
#include "http/etag.h"
#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"

namespace larder::api {
namespace {

constexpr std::size_t kChangesAtATime = 4;  // those of a node with thousands of blocks are large

/// The version that the client's tag names; nullopt if it is none of ours.
std::optional<std::int64_t> version_in(std::string_view tag) {
  while (!tag.empty() && (tag.front() < '0' || tag.front() > '9')) tag.remove_prefix(1);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
  if (error != std::errc()) return std::nullopt;
  return version;
}

/// Whether an If-Match has a tag of `version`, or "*".
bool names_version(std::string_view list, std::int64_t version) {
  const std::string tag = version_tag(version);
  if (http::list_has(list, {.weak = false, .opaque = tag}, false)) return true;
  const std::string with_content = fmt::format("\"{}-", version);
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with(with_content) && one.ends_with('"')) return true;
  }
  return false;
}

boost::json::object parsed(const std::optional<std::string>& text) {
  if (!text) return {};
  return parse_json_object(*text).value_or(boost::json::object());
}

boost::json::value member(const boost::json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found == nullptr ? boost::json::value(nullptr) : *found;
}

/// What the change of one row of the audit log adds to what is known of earlier ones.
void add_change(const database::Row& row, boost::json::object& by_pointer) {
  const auto before = parsed(row.optional_text(2));
  const auto after = parsed(row.optional_text(3));
  for (const auto& changed : after) {
    const std::string pointer = "/" + std::string(changed.key());
    const auto* known = by_pointer.if_contains(pointer);
    boost::json::value from = known != nullptr ? known->at("from") : member(before, changed.key());
    by_pointer[pointer] = boost::json::object{{"pointer", pointer},
                                              {"from", std::move(from)},
                                              {"to", changed.value()},
                                              {"by", row.text(1)},
                                              {"at", ledger::time_to_string(row.number(0))}};
  }
}

/// What changed after `version`: for each member the first value from, the last value to, and who did that.
ledger::Result<boost::json::array> changes_since(const Call& call, std::string_view kind, std::string_view id,
                                                 std::int64_t version) {
  boost::json::object by_pointer;
  std::pair<std::int64_t, std::string> last;
  for (;;) {
    TRY(const auto rows,
        call.transaction().run(fmt::format("SELECT at, actor_name, before_json, after_json, version, id FROM audit"
                                           " WHERE object_id = $1 AND kind = $2 AND version > $3"
                                           " AND (version, id) > (CAST($4 AS BIGINT), $5)"
                                           " ORDER BY version, id LIMIT {}",
                                           kChangesAtATime),
                               {id, kind, version, last.first, last.second}));
    for (const auto& row : rows) {
      add_change(row, by_pointer);
      last = {row.number(4), row.text(5)};
    }
    if (rows.size() < kChangesAtATime) break;
  }
  boost::json::array list;
  for (auto& change : by_pointer) list.push_back(std::move(change.value()));
  return list;
}

}  // namespace

std::string version_tag(std::int64_t version) { return fmt::format("\"{}\"", version); }

std::string content_tag(std::int64_t version, const boost::json::object& content) {
  const std::string hash = ledger::hash_secret(boost::json::serialize(content));
  return fmt::format("\"{}-{}\"", version, std::string_view(hash).substr(0, 8));
}

ledger::Result<> check_version(const Call& call, std::string_view kind, std::string_view id, std::int64_t version,
                               const boost::json::object& current) {
  const std::string* wanted = call.request.field("If-Match");
  if (wanted == nullptr) {
    return ledger::refuse(ledger::ProblemKind::kPreconditionRequired,
                          "send If-Match with the ETag of the version that you edit (now {}), or * to override",
                          version_tag(version));
  }
  if (names_version(*wanted, version)) return {};

  ledger::Problem problem(
      ledger::ProblemKind::kPreconditionFailed,
      fmt::format("you edit {}, and it is at {} by now", ledger::printable(*wanted, 100), version_tag(version)));
  if (const auto theirs = version_in(*wanted)) {
    TRY(problem.members["changed"], changes_since(call, kind, id, *theirs));
  } else {
    problem.members["changed"] = boost::json::array();
  }
  problem.members["current"] = current;
  return std::unexpected(std::move(problem));
}

ledger::Result<> check_named_version(const Call& call, std::string_view kind, std::string_view id, std::int64_t version,
                                     const boost::json::object& current) {
  if (call.request.field("If-Match") == nullptr) return {};
  return check_version(call, kind, id, version, current);
}

}  // namespace larder::api
