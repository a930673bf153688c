#include "tenancy/organisations.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"
#include "space/ip_waiting.h"
#include "tenancy/customer_keys.h"
#include "tenancy/user_deletion.h"

namespace larder::tenancy {
namespace {

using database::Row;
using database::Transaction;
using database::Value;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::FieldProblems;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::record;
using ledger::refuse;
using ledger::Result;
using ledger::to_lower;
using ledger::to_ms;

constexpr std::string_view kColumns =
    "o.id, o.name, o.kind, o.asn, o.contact_name, o.contact_email, o.contact_phone,"
    " (SELECT COUNT(*) FROM node n WHERE n.organisation_id = o.id), o.version, o.created_at, o.updated_at";
constexpr std::size_t kColumnCount = 11;

Organisation from_row(const Row& row) {
  return {.ref = {row.text(0), row.text(1), ledger::organisation_kind(row.text(2))},
          .asn = row.optional_number(3),
          .contact = {row.text(4), row.text(5), row.text(6)},
          .node_count = row.number(7),
          .version = row.number(8),
          .created_at = row.number(9),
          .updated_at = row.number(10)};
}

Result<> check(Transaction& transaction, const Organisation& wanted, bool has_new_name) {
  FieldProblems problems;
  if (has_new_name) {
    if (auto wrong = organisation_name_problem(wanted.ref.name)) problems.add("/name", *std::move(wrong));
  }
  TRY(const auto same, transaction.run("SELECT id FROM organisation WHERE name_key = $1 AND id <> $2",
                                       {to_lower(wanted.ref.name), wanted.ref.id}));
  if (!same.empty()) problems.add("/name", fmt::format("an organisation '{}' is there already", wanted.ref.name));
  if (wanted.asn && wanted.ref.kind == ledger::OrganisationKind::kEnterprise) {
    problems.add("/asn", "only an ISP has an autonomous system number here");
  }
  return problems.verdict();
}

AuditRecord audit_record(const Organisation& organisation, std::string action) {
  AuditRecord entry;
  entry.organisation_id = organisation.ref.id;
  entry.action = std::move(action);
  entry.kind = "organisation";
  entry.object_id = organisation.ref.id;
  entry.object_name = organisation.ref.name;
  entry.version = organisation.version;
  return entry;
}

/// The accounts that belong to an organisation, one by one, so that the log tells of each.
Result<> delete_accounts(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id) {
  TRY(const auto rows, transaction.run("SELECT id FROM account WHERE organisation_id = $1 ORDER BY id", {id}));
  // First: nobody has to stay its owner.
  TRY_VOID(transaction.run("DELETE FROM membership WHERE organisation_id = $1", {id}));
  for (const Row& row : rows) {
    TRY_VOID(delete_user(transaction, now, actor, row.text(0)));
  }
  return {};
}

}  // namespace

Result<Organisation> load_organisation(Transaction& transaction, std::string_view id) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM organisation o WHERE o.id = $1", kColumns), {Value(id)}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no such organisation");
  return from_row(rows[0]);
}

std::optional<std::string> organisation_name_problem(std::string_view name) {
  if (!ledger::is_id(to_lower(name))) return std::nullopt;
  return "it looks like an id, and would be taken for that of another organisation; choose a name";
}

Result<std::vector<Listed<Organisation>>> list_organisations(Transaction& transaction, const OrganisationFilter& filter,
                                                             const PageQuery& page) {
  std::vector<Value> values;
  std::string where = "1 = 1";
  const auto add = [&](std::string_view condition, Value value) {
    values.push_back(std::move(value));
    where += fmt::format(" AND {} ${}", condition, values.size());
  };
  if (filter.ids) {
    values.emplace_back(ledger::json_list(*filter.ids));
    where += fmt::format(" AND o.id IN (SELECT value FROM {} AS visible)", transaction.list("$1"));
  }
  if (filter.text) {
    add("o.name_key LIKE", ledger::like_pattern(to_lower(*filter.text)));
    where += " ESCAPE '\\'";
  }
  if (filter.kind) add("o.kind =", *filter.kind);
  where += page.where("o.id", values);
  TRY(const auto rows, transaction.run(fmt::format("SELECT {}, {} FROM organisation o WHERE {}{}", kColumns, page.key(),
                                                   where, page.order("o.id")),
                                       values));
  std::vector<Listed<Organisation>> list;
  for (const Row& row : rows) list.push_back({from_row(row), row.value(kColumnCount)});
  return list;
}

Result<Organisation> create_organisation(Transaction& transaction, WallTime now, const Actor& actor,
                                         const NewOrganisation& wanted) {
  Organisation made;
  made.ref = {ledger::new_id(now), wanted.name, wanted.kind};
  made.asn = wanted.asn;
  made.contact = wanted.contact;
  made.created_at = made.updated_at = to_ms(now);
  TRY_VOID(check(transaction, made, true));
  TRY_VOID(
      transaction.run("INSERT INTO organisation (id, name, name_key, kind, asn, contact_name, contact_email,"
                      " contact_phone, version, created_at, updated_at)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
                      {made.ref.id, made.ref.name, to_lower(made.ref.name), to_string(made.ref.kind), made.asn,
                       made.contact.name, made.contact.email, made.contact.phone, made.version, made.created_at}));
  TRY_VOID(make_customer_keys(transaction, now, made.ref.id));
  AuditRecord entry = audit_record(made, "organisation.create");
  entry.after = to_json(made);
  TRY_VOID(record(transaction, now, actor, entry));
  return made;
}

Result<Organisation> edit_organisation(Transaction& transaction, WallTime now, const Actor& actor,
                                       const Organisation& before, const OrganisationEdit& edit) {
  Organisation after = before;
  if (edit.name) after.ref.name = *edit.name;
  if (edit.asn) after.asn = *edit.asn;
  if (edit.contact) after.contact = *edit.contact;
  after.version = before.version + 1;
  after.updated_at = to_ms(now);
  TRY_VOID(check(transaction, after, after.ref.name != before.ref.name));
  TRY_VOID(
      transaction.run("UPDATE organisation SET name = $2, name_key = $3, asn = $4, contact_name = $5,"
                      " contact_email = $6, contact_phone = $7, version = $8, updated_at = $9 WHERE id = $1",
                      {after.ref.id, after.ref.name, to_lower(after.ref.name), after.asn, after.contact.name,
                       after.contact.email, after.contact.phone, after.version, after.updated_at}));
  AuditRecord entry = audit_record(after, "organisation.edit");
  entry.before = to_json(before);
  entry.after = to_json(after);
  TRY_VOID(record(transaction, now, actor, entry));
  return after;
}

Result<> delete_organisation(Transaction& transaction, WallTime now, const Actor& actor,
                             const Organisation& organisation, std::string_view name) {
  if (name != organisation.ref.name) {
    return refuse(ProblemKind::kNameMismatch, "deleting asks for the name; it is '{}'", organisation.ref.name);
  }
  if (organisation.node_count > 0) {
    return refuse(ProblemKind::kConflict, "{} has {} cache nodes; delete them first", organisation.ref.name,
                  organisation.node_count);
  }
  TRY_VOID(delete_accounts(transaction, now, actor, organisation.ref.id));
  AuditRecord entry = audit_record(organisation, "organisation.delete");
  entry.before = to_json(organisation);
  TRY_VOID(record(transaction, now, actor, entry));
  TRY_VOID(space::note_organisation_gone(transaction, organisation.ref.id));
  TRY(const auto resources,
      transaction.run("DELETE FROM resource WHERE organisation_id = $1 RETURNING id", {organisation.ref.id}));
  for (const Row& row : resources) transaction.log({"resource", row.text(0), organisation.ref.id});
  TRY_VOID(transaction.run("DELETE FROM organisation WHERE id = $1", {organisation.ref.id}));
  return {};
}

}  // namespace larder::tenancy
