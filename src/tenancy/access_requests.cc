#include "tenancy/access_requests.h"

#include "identity/attempts.h"
#include "identity/site_share.h"
#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/time.h"

namespace larder::tenancy {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::FieldProblems;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;

constexpr std::string_view kAsking = "access request";  // what attempts count as
constexpr identity::AttemptLimit kLimit = {.most = 10, .window = std::chrono::hours(1)};
constexpr identity::SiteShare kOpen = {.waiting = "access_request WHERE state = 'open' AND created_at <= $2",
                                       .most = 5'000,
                                       .what = "requests that wait for a decision",
                                       .retry_s = 24 * 3600};
constexpr std::string_view kSelect =
    "SELECT r.id, r.organisation_name, r.kind, r.asn, r.contact_name, r.contact_email, r.contact_phone, r.message,"
    " r.state, r.reason, r.created_at, r.decided_at, r.decided_by_id, r.decided_by_name, o.id, o.name, o.kind";
constexpr std::string_view kFrom = " FROM access_request r LEFT JOIN organisation o ON o.id = r.organisation_id";

AccessRequest read_request(const database::Row& row) {
  AccessRequest request;
  request.id = row.text(0);
  request.organisation_name = row.text(1);
  request.kind = ledger::organisation_kind(row.text(2));
  request.asn = row.optional_number(3);
  request.contact = {.name = row.text(4), .email = row.text(5), .phone = row.text(6)};
  request.message = row.text(7);
  request.state = row.text(8);
  request.reason = row.optional_text(9);
  request.created_at = row.number(10);
  request.decided_at = row.optional_number(11);
  request.decided_by_id = row.optional_text(12);
  request.decided_by_name = row.optional_text(13);
  if (!row.is_null(14)) {
    request.organisation = ledger::OrganisationRef{row.text(14), row.text(15), ledger::organisation_kind(row.text(16))};
  }
  return request;
}

AuditRecord audit_of(std::string action, const AccessRequest& request) {
  AuditRecord entry;
  entry.action = std::move(action);
  entry.kind = "access-request";
  entry.object_id = request.id;
  entry.object_name = request.organisation_name;
  entry.after = to_json(request);
  return entry;
}

template <class T>
boost::json::value or_null(const std::optional<T>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

/// Makes the organisation; that its name is in use is no mistake of the decision's form.
Result<Organisation> make_organisation(Transaction& transaction, WallTime now, const Actor& actor,
                                       const AccessRequest& request) {
  auto made = create_organisation(
      transaction, now, actor,
      {.name = request.organisation_name, .kind = request.kind, .asn = request.asn, .contact = request.contact});
  if (made || made.error().kind != ProblemKind::kInvalid) return made;
  return refuse(ProblemKind::kConflict, "no organisation '{}' can be made: {}", request.organisation_name,
                made.error().detail);
}

}  // namespace

boost::json::object to_json(const AccessRequest& request) {
  boost::json::object object;
  object["id"] = request.id;
  object["organisation_name"] = request.organisation_name;
  object["kind"] = to_string(request.kind);
  object["asn"] = or_null(request.asn);
  object["contact"] = to_json(request.contact);
  object["message"] = request.message;
  object["state"] = request.state;
  object["reason"] = or_null(request.reason);
  object["created_at"] = time_to_string(request.created_at);
  object["decided_at"] = nullptr;
  object["decided_by"] = nullptr;
  object["organisation"] = nullptr;
  if (request.decided_at) object["decided_at"] = time_to_string(*request.decided_at);
  if (request.decided_by_id) {
    object["decided_by"] =
        boost::json::object{{"id", *request.decided_by_id}, {"name", request.decided_by_name.value_or("")}};
  }
  if (request.organisation) object["organisation"] = to_json(*request.organisation);
  return object;
}

Result<> check_access_request(Transaction& transaction, WallTime now, const net::IpAddress& address) {
  TRY_VOID(identity::check_attempts(transaction, now, kLimit, identity::networks_of(kAsking, address)));
  return identity::check_share(transaction, now, kOpen, address);
}

Result<AccessRequest> create_access_request(Transaction& transaction, WallTime now, const AccessWish& wish,
                                            const net::IpAddress& address) {
  FieldProblems problems;
  if (auto wrong = organisation_name_problem(wish.organisation_name)) {
    problems.add("/organisation_name", *std::move(wrong));
  }
  if (wish.kind == ledger::OrganisationKind::kEnterprise && wish.asn) {
    problems.add("/asn", "only an ISP has an AS number here; leave it out");
  }
  TRY_VOID(problems.verdict());
  TRY_VOID(check_access_request(transaction, now, address));
  TRY_VOID(identity::begin_attempt_from(transaction, now, kLimit, kAsking, address));
  AccessRequest request;
  request.id = ledger::new_id(now);
  request.organisation_name = wish.organisation_name;
  request.kind = wish.kind;
  request.asn = wish.asn;
  request.contact = wish.contact;
  request.message = wish.message;
  request.created_at = to_ms(now);
  TRY_VOID(transaction.run(
      "INSERT INTO access_request (id, organisation_name, kind, asn, contact_name, contact_email, contact_phone,"
      " message, state, address, site, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $11)",
      {request.id, request.organisation_name, to_string(request.kind), request.asn, request.contact.name,
       request.contact.email, request.contact.phone, request.message, net::to_string(address),
       identity::site_name(address), request.created_at}));
  const Actor actor = ledger::nobody(address, request.contact.email);
  TRY_VOID(ledger::record(transaction, now, actor, audit_of("access-request.create", request)));
  return request;
}

Result<std::vector<Listed<AccessRequest>>> list_access_requests(Transaction& transaction,
                                                                const std::optional<std::string>& state,
                                                                const PageQuery& page) {
  std::vector<database::Value> values;
  std::string sql = fmt::format("{}, {}{} WHERE 1 = 1", kSelect, page.key(), kFrom);
  if (state) {
    values.emplace_back(*state);
    sql += " AND r.state = $1";
  }
  sql += page.where("r.id", values);
  sql += page.order("r.id");
  TRY(const auto rows, transaction.run(sql, values));
  std::vector<Listed<AccessRequest>> list;
  for (const auto& row : rows) list.push_back({read_request(row), row.value(row.size() - 1)});
  return list;
}

Result<AccessRequest> find_access_request(Transaction& transaction, const std::string& id) {
  TRY(const auto rows, transaction.run(fmt::format("{}{} WHERE r.id = $1", kSelect, kFrom), {id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no access request {}", id);
  return read_request(rows[0]);
}

Result<DecidedAccess> decide_access_request(Transaction& transaction, WallTime now, const Actor& actor,
                                            const identity::Principal& decider, const std::string& id,
                                            const AccessDecision& decision) {
  TRY(const AccessRequest before, find_access_request(transaction, id));
  if (before.state != "open") return refuse(ProblemKind::kConflict, "the request was {} already", before.state);
  DecidedAccess decided;
  std::optional<std::string> organisation_id;
  if (decision.approved) {
    TRY(const Organisation made, make_organisation(transaction, now, actor, before));
    organisation_id = made.ref.id;
    TRY(decided.invitation,
        create_invitation(transaction, now, actor, decider, made.ref.id, before.contact.email, identity::Role::kOwner));
  }
  TRY_VOID(
      transaction.run("UPDATE access_request SET state = $2, reason = $3, decided_at = $4, decided_by_id = $5,"
                      " decided_by_name = $6, organisation_id = $7 WHERE id = $1",
                      {id, decision.approved ? "approved" : "refused", decision.reason, to_ms(now), decider.user_id,
                       decider.name, organisation_id}));
  TRY(decided.request, find_access_request(transaction, id));
  AuditRecord entry = audit_of(decision.approved ? "access-request.approve" : "access-request.refuse", decided.request);
  entry.organisation_id = organisation_id;
  entry.before = to_json(before);
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  return decided;
}

}  // namespace larder::tenancy
