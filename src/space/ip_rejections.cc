#include "space/ip_rejections.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"
#include "space/block_place.h"
#include "space/special_ranges.h"

namespace larder::space {
namespace {

using database::Row;
using database::Transaction;
using database::Value;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::json_list;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;

constexpr std::string_view kRejectionColumns =
    "r.id, o.id, o.name, o.kind, r.first_address, r.last_address, r.feedback, r.review_id, r.node_id, r.node_name,"
    " r.rejected_by_id, r.rejected_by_name, r.rejected_at";
constexpr std::size_t kRejectionColumnCount = 13;
constexpr std::string_view kRejectionTables = "ip_rejection r JOIN organisation o ON o.id = r.organisation_id";

// Texts that go into a list are an address, a bar, and another one.
constexpr std::string_view kFirst = "substr(w.value, 1, 32)";
constexpr std::string_view kLast = "substr(w.value, 34, 32)";

// Whose rejections count for the organisation $2: its own (without owner_id), and those of organisations that one of
// its owners, of today or before, took on themselves. Who manages the portal is a member of many, and ties none.
constexpr std::string_view kOwn = "SELECT CAST($2 AS TEXT) AS organisation_id, CAST(NULL AS TEXT) AS owner_id";
constexpr std::string_view kTied =
    " UNION ALL SELECT b.organisation_id, MIN(p.id) FROM ownership a JOIN account p ON p.id = a.account_id"
    " AND a.by_themselves = 1 AND p.admin = 0 JOIN ownership b ON b.account_id = p.id AND b.by_themselves = 1"
    " WHERE a.organisation_id = $2 AND b.organisation_id <> $2 AND EXISTS"
    " (SELECT 1 FROM ip_rejection x WHERE x.organisation_id = b.organisation_id) GROUP BY b.organisation_id";

std::string digits_of(net::AddressNumber number) {
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(number >> 64), static_cast<std::uint64_t>(number));
}

std::string range_text(const net::AddressRange& range) { return digits_of(range.first) + "|" + digits_of(range.last); }

net::AddressRange range_at(std::string_view first, std::string_view last) {
  return {number_of(prefix_at(std::string(first) + "80").network()),
          number_of(prefix_at(std::string(last) + "80").network())};
}

Rejection from_row(const Row& row, std::size_t first = 0) {
  return {.id = row.text(first),
          .organisation = {row.text(first + 1), row.text(first + 2), ledger::organisation_kind(row.text(first + 3))},
          .range = range_at(row.text(first + 4), row.text(first + 5)),
          .feedback = row.text(first + 6),
          .review_id = row.optional_text(first + 7),
          .node = {row.text(first + 8), row.text(first + 9)},
          .rejected_by_id = row.optional_text(first + 10),
          .rejected_by_name = row.optional_text(first + 11),
          .rejected_at = row.number(first + 12)};
}

std::vector<std::string> range_texts(const std::vector<net::AddressRange>& ranges) {
  std::vector<std::string> texts;
  texts.reserve(ranges.size());
  for (const net::AddressRange& range : ranges) texts.push_back(range_text(range));
  return texts;
}

std::vector<std::string> wanted_texts(const std::vector<net::Prefix>& wanted) {
  std::vector<std::string> texts;
  texts.reserve(wanted.size());
  for (const net::Prefix& prefix : wanted) {
    texts.push_back(fmt::format("{}{}{}", range_text(range_of(prefix)), place_of(prefix), is_private(prefix) ? 1 : 0));
  }
  return texts;
}

/// A statement that begins with `columns`: of wanted blocks `w` ($1), rejections `r` that they meet, and whose they are
/// (`h`). Ranges of one organisation do not overlap, so that the last one that begins within a block, or before it,
/// tells whether there is any. Private addresses of another organisation are other addresses.
std::string met_by(const Transaction& transaction, Ties ties, std::string_view columns, std::string_view tables = "") {
  return fmt::format(
      "WITH holding AS ({}{}) SELECT substr(w.value, 66, 34), {} FROM {} AS w CROSS JOIN holding h"
      " CROSS JOIN ip_rejection r {} WHERE r.organisation_id = h.organisation_id"
      " AND (h.owner_id IS NULL OR substr(w.value, 100, 1) = '0') AND r.first_address ="
      " (SELECT MAX(x.first_address) FROM ip_rejection x"
      " WHERE x.organisation_id = h.organisation_id AND x.first_address <= {})"
      " AND r.last_address >= {}",
      kOwn, ties == Ties::kCount ? kTied : "", columns, transaction.list("$1"), tables, kLast, kFirst);
}

/// What is left of rejections (their ids, and ranges sorted) outside of `cut`.
std::vector<std::string> remains_of(const std::vector<std::string>& ids, const std::vector<net::AddressRange>& ranges,
                                    const std::vector<net::AddressRange>& cut, WallTime now) {
  std::vector<std::string> remains;
  std::size_t of = 0;
  for (const net::AddressRange& rest : difference(ranges, cut)) {
    while (ranges[of].last < rest.first) ++of;
    remains.push_back(fmt::format("{}|{}|{}", range_text(rest), ledger::new_id(now), ids[of]));
  }
  return remains;
}

/// Takes the addresses of `cut` out of the organisation's rejections.
Result<> cut_out(Transaction& transaction, WallTime now, std::string_view organisation_id,
                 const std::vector<net::AddressRange>& cut) {
  if (cut.empty()) return {};
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT DISTINCT r.first_address, r.last_address, r.id"
                                  " FROM {0} AS w CROSS JOIN ip_rejection r"
                                  " WHERE r.organisation_id = $2 AND r.first_address <= {2} AND r.first_address >="
                                  " COALESCE((SELECT MAX(x.first_address) FROM ip_rejection x"
                                  " WHERE x.organisation_id = $2 AND x.first_address <= {1}), {1})"
                                  " AND r.last_address >= {1} ORDER BY 1",
                                  transaction.list("$1"), kFirst, kLast),
                      {json_list(range_texts(cut)), organisation_id}));
  if (rows.empty()) return {};
  std::vector<std::string> ids;
  std::vector<net::AddressRange> ranges;
  for (const Row& row : rows) {
    ranges.push_back(range_at(row.text(0), row.text(1)));
    ids.push_back(row.text(2));
  }
  TRY_VOID(transaction.run(
      fmt::format("INSERT INTO ip_rejection (id, organisation_id, first_address, last_address, feedback,"
                  " review_id, node_id, node_name, rejected_by_id, rejected_by_name, rejected_at)"
                  " SELECT substr(w.value, 67, 36), r.organisation_id, {}, {}, r.feedback, r.review_id,"
                  " r.node_id, r.node_name, r.rejected_by_id, r.rejected_by_name, r.rejected_at"
                  " FROM {} AS w CROSS JOIN ip_rejection r WHERE r.id = substr(w.value, 104)",
                  kFirst, kLast, transaction.list("$1")),
      {json_list(remains_of(ids, ranges, cut, now))}));
  TRY_VOID(transaction.run(
      fmt::format("DELETE FROM ip_rejection WHERE id IN (SELECT value FROM {} AS w)", transaction.list("$1")),
      {json_list(ids)}));
  return {};
}

Result<> insert(Transaction& transaction, WallTime now, const Rejection& rejection,
                const std::vector<net::AddressRange>& ranges) {
  std::vector<std::string> texts;
  for (const net::AddressRange& range : ranges)
    texts.push_back(fmt::format("{}|{}", range_text(range), ledger::new_id(now)));
  TRY_VOID(transaction.run(
      fmt::format("INSERT INTO ip_rejection (id, organisation_id, first_address, last_address, feedback, review_id,"
                  " node_id, node_name, rejected_by_id, rejected_by_name, rejected_at)"
                  " SELECT substr(w.value, 67), CAST($2 AS TEXT), {}, {}, CAST($3 AS TEXT), CAST($4 AS TEXT),"
                  " CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS TEXT), CAST($8 AS TEXT), CAST($9 AS BIGINT)"
                  " FROM {} AS w",
                  kFirst, kLast, transaction.list("$1")),
      {json_list(texts), rejection.organisation.id, rejection.feedback, rejection.review_id, rejection.node.id,
       rejection.node.name, rejection.rejected_by_id, rejection.rejected_by_name, rejection.rejected_at}));
  return {};
}

boost::json::value text_or_null(const std::optional<std::string>& text) {
  return text ? boost::json::value(*text) : boost::json::value(nullptr);
}

}  // namespace

boost::json::object to_json(const MetRejection& met) {
  return {{"prefix", net::to_string(met.wanted)},
          {"rejection", met.rejection.id},
          {"organisation", to_json(met.rejection.organisation)},
          {"range", to_string(met.rejection.range)},
          {"feedback", met.rejection.feedback},
          {"owner", met.owner ? boost::json::value(to_json(*met.owner)) : boost::json::value(nullptr)}};
}

std::string to_string(const net::AddressRange& range) {
  const auto prefixes = net::prefixes_of({range});
  if (prefixes.size() == 1) return net::to_string(prefixes[0]);
  return fmt::format("{} - {}", net::to_string(net::address_of(range.first)),
                     net::to_string(net::address_of(range.last)));
}

boost::json::object to_json(const Rejection& rejection) {
  boost::json::array prefixes;
  for (const net::Prefix& prefix : net::prefixes_of({rejection.range})) prefixes.emplace_back(net::to_string(prefix));
  boost::json::value by = nullptr;
  if (rejection.rejected_by_name) {
    by = boost::json::object{{"id", text_or_null(rejection.rejected_by_id)}, {"name", *rejection.rejected_by_name}};
  }
  return {{"id", rejection.id},
          {"organisation", to_json(rejection.organisation)},
          {"range", to_string(rejection.range)},
          {"prefixes", std::move(prefixes)},
          {"feedback", rejection.feedback},
          {"node", to_json(rejection.node)},
          {"review", text_or_null(rejection.review_id)},
          {"rejected_by", std::move(by)},
          {"rejected_at", time_to_string(rejection.rejected_at)}};
}

Result<std::vector<RejectedOverlap>> find_rejected(Transaction& transaction, std::string_view organisation_id,
                                                   const std::vector<net::Prefix>& wanted, Ties ties) {
  std::vector<RejectedOverlap> found;
  if (wanted.empty()) return found;
  TRY(const auto rows, transaction.run(met_by(transaction, ties,
                                              "CASE WHEN h.owner_id IS NULL THEN 1 ELSE 0 END, MIN(r.first_address),"
                                              " MIN(r.last_address), MIN(r.feedback)") +
                                           " GROUP BY 1, 2 ORDER BY 1, 2 DESC",
                                       {json_list(wanted_texts(wanted)), organisation_id}));
  for (const Row& row : rows) {
    found.push_back({prefix_at(row.text(0)), range_at(row.text(2), row.text(3)), row.text(4), row.number(1) == 1});
  }
  return found;
}

Result<std::vector<MetRejection>> find_met(Transaction& transaction, std::string_view organisation_id,
                                           const std::vector<net::Prefix>& wanted, std::size_t limit) {
  std::vector<MetRejection> found;
  if (wanted.empty()) return found;
  const std::string columns = fmt::format("{}, h.owner_id, p.name", kRejectionColumns);
  TRY(const auto rows,
      transaction.run(fmt::format("{} ORDER BY CASE WHEN h.owner_id IS NULL THEN 0 ELSE 1 END, 1, o.id LIMIT {}",
                                  met_by(transaction, Ties::kCount, columns,
                                         "JOIN organisation o ON o.id = r.organisation_id"
                                         " LEFT JOIN account p ON p.id = h.owner_id"),
                                  limit),
                      {json_list(wanted_texts(wanted)), organisation_id}));
  for (const Row& row : rows) {
    MetRejection met{prefix_at(row.text(0)), from_row(row, 1), std::nullopt};
    if (const auto owner = row.optional_text(1 + kRejectionColumnCount)) {
      met.owner = ledger::Ref{*owner, row.text(2 + kRejectionColumnCount)};
    }
    found.push_back(std::move(met));
  }
  return found;
}

Result<std::vector<net::AddressRange>> rejected_ranges(Transaction& transaction, std::string_view organisation_id) {
  TRY(const auto rows,
      transaction.run("SELECT first_address, last_address FROM ip_rejection WHERE organisation_id = $1 ORDER BY 1",
                      {organisation_id}));
  std::vector<net::AddressRange> ranges;
  for (const Row& row : rows) ranges.push_back(range_at(row.text(0), row.text(1)));
  return ranges;
}

Result<> keep_decision(Transaction& transaction, WallTime now, const Rejection& rejection,
                       const std::vector<net::Prefix>& approved, const std::vector<net::Prefix>& rejected) {
  std::vector<net::Prefix> decided = approved;
  decided.insert(decided.end(), rejected.begin(), rejected.end());
  TRY_VOID(cut_out(transaction, now, rejection.organisation.id, address_set(decided)));
  if (rejected.empty()) return {};
  return insert(transaction, now, rejection, address_set(rejected));
}

Result<Rejection> load_rejection(Transaction& transaction, std::string_view id) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM {} WHERE r.id = $1", kRejectionColumns, kRejectionTables), {id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no such rejection, or it has been lifted");
  return from_row(rows[0]);
}

Result<std::vector<Listed<Rejection>>> list_rejections(Transaction& transaction,
                                                       const std::optional<std::string>& organisation,
                                                       const PageQuery& page) {
  std::vector<Value> values;
  std::string where = "1 = 1";
  if (organisation) {
    values.emplace_back(*organisation);
    where += " AND r.organisation_id = $1";
  }
  where += page.where("r.id", values);
  TRY(const auto rows, transaction.run(fmt::format("SELECT {}, {} FROM {} WHERE {}{}", kRejectionColumns, page.key(),
                                                   kRejectionTables, where, page.order("r.id")),
                                       values));
  std::vector<Listed<Rejection>> list;
  for (const Row& row : rows) list.push_back({from_row(row), row.value(kRejectionColumnCount)});
  return list;
}

Result<> remove_rejection(Transaction& transaction, WallTime now, const Actor& actor, const Rejection& rejection) {
  TRY_VOID(transaction.run("DELETE FROM ip_rejection WHERE id = $1", {rejection.id}));
  AuditRecord entry;
  entry.organisation_id = rejection.organisation.id;
  entry.action = "rejection.lift";
  entry.kind = "rejection";
  entry.object_id = rejection.id;
  entry.object_name = to_string(rejection.range);
  entry.before = to_json(rejection);
  return ledger::record(transaction, now, actor, entry);
}

}  // namespace larder::space
