#include "tenancy/resources.h"

#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"

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
using ledger::time_to_string;
using ledger::to_lower;
using ledger::to_ms;

constexpr std::string_view kColumns =
    "r.id, r.name, o.id, o.name, o.kind, r.notes, (SELECT COUNT(*) FROM node n WHERE n.resource_id = r.id),"
    " r.version, r.created_at, r.updated_at";
constexpr std::size_t kColumnCount = 10;
constexpr std::string_view kTables = "resource r JOIN organisation o ON o.id = r.organisation_id";

Resource from_row(const Row& row) {
  return {.ref = {row.text(0), row.text(1)},
          .organisation = {row.text(2), row.text(3), ledger::organisation_kind(row.text(4))},
          .notes = row.text(5),
          .node_count = row.number(6),
          .version = row.number(7),
          .created_at = row.number(8),
          .updated_at = row.number(9)};
}

Result<> check_name(Transaction& transaction, const Resource& wanted) {
  FieldProblems problems;
  TRY(const auto same,
      transaction.run("SELECT id FROM resource WHERE organisation_id = $1 AND name_key = $2 AND id <> $3",
                      {wanted.organisation.id, to_lower(wanted.ref.name), wanted.ref.id}));
  if (!same.empty()) problems.add("/name", fmt::format("a resource '{}' is there already", wanted.ref.name));
  return problems.verdict();
}

AuditRecord audit_record(const Resource& resource, std::string action) {
  AuditRecord entry;
  entry.organisation_id = resource.organisation.id;
  entry.action = std::move(action);
  entry.kind = "resource";
  entry.object_id = resource.ref.id;
  entry.object_name = resource.ref.name;
  entry.version = resource.version;
  return entry;
}

}  // namespace

boost::json::object to_json(const Resource& resource) {
  return {{"id", resource.ref.id},
          {"organisation", to_json(resource.organisation)},
          {"name", resource.ref.name},
          {"notes", resource.notes},
          {"node_count", resource.node_count},
          {"created_at", time_to_string(resource.created_at)},
          {"updated_at", time_to_string(resource.updated_at)}};
}

Result<Resource> load_resource(Transaction& transaction, std::string_view id) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM {} WHERE r.id = $1", kColumns, kTables), {Value(id)}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no such resource");
  return from_row(rows[0]);
}

Result<std::vector<Listed<Resource>>> list_resources(Transaction& transaction, const ResourceFilter& filter,
                                                     const PageQuery& page) {
  std::vector<Value> values;
  std::string where = "1 = 1";
  if (filter.organisations) {
    values.emplace_back(ledger::json_list(*filter.organisations));
    where += fmt::format(" AND r.organisation_id IN (SELECT value FROM {} AS visible)", transaction.list("$1"));
  }
  if (filter.organisation) {
    values.emplace_back(*filter.organisation);
    where += fmt::format(" AND r.organisation_id = ${}", values.size());
  }
  if (filter.text) {
    values.emplace_back(ledger::like_pattern(to_lower(*filter.text)));
    where += fmt::format(" AND r.name_key LIKE ${} ESCAPE '\\'", values.size());
  }
  where += page.where("r.id", values);
  TRY(const auto rows, transaction.run(fmt::format("SELECT {}, {} FROM {} WHERE {}{}", kColumns, page.key(), kTables,
                                                   where, page.order("r.id")),
                                       values));
  std::vector<Listed<Resource>> list;
  for (const Row& row : rows) list.push_back({from_row(row), row.value(kColumnCount)});
  return list;
}

Result<Resource> create_resource(Transaction& transaction, WallTime now, const Actor& actor,
                                 const ledger::OrganisationRef& organisation, std::string_view name,
                                 std::string_view notes) {
  Resource made;
  made.ref = {ledger::new_id(now), std::string(name)};
  made.organisation = organisation;
  made.notes = notes;
  made.created_at = made.updated_at = to_ms(now);
  TRY_VOID(check_name(transaction, made));
  TRY_VOID(
      transaction.run("INSERT INTO resource (id, organisation_id, name, name_key, notes, version, created_at,"
                      " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
                      {made.ref.id, organisation.id, made.ref.name, to_lower(made.ref.name), made.notes, made.version,
                       made.created_at}));
  AuditRecord entry = audit_record(made, "resource.create");
  entry.after = to_json(made);
  TRY_VOID(record(transaction, now, actor, entry));
  return made;
}

Result<Resource> edit_resource(Transaction& transaction, WallTime now, const Actor& actor, const Resource& before,
                               const ResourceEdit& edit) {
  Resource after = before;
  if (edit.name) after.ref.name = *edit.name;
  if (edit.notes) after.notes = *edit.notes;
  after.version = before.version + 1;
  after.updated_at = to_ms(now);
  TRY_VOID(check_name(transaction, after));
  TRY_VOID(transaction.run(
      "UPDATE resource SET name = $2, name_key = $3, notes = $4, version = $5, updated_at = $6"
      " WHERE id = $1",
      {after.ref.id, after.ref.name, to_lower(after.ref.name), after.notes, after.version, after.updated_at}));
  AuditRecord entry = audit_record(after, "resource.edit");
  entry.before = to_json(before);
  entry.after = to_json(after);
  TRY_VOID(record(transaction, now, actor, entry));
  return after;
}

Result<> delete_resource(Transaction& transaction, WallTime now, const Actor& actor, const Resource& resource,
                         std::string_view name) {
  if (name != resource.ref.name) {
    return refuse(ProblemKind::kNameMismatch, "deleting asks for the name; it is '{}'", resource.ref.name);
  }
  if (resource.node_count > 0) {
    return refuse(ProblemKind::kConflict, "{} has {} cache nodes; delete them first", resource.ref.name,
                  resource.node_count);
  }
  AuditRecord entry = audit_record(resource, "resource.delete");
  entry.before = to_json(resource);
  TRY_VOID(record(transaction, now, actor, entry));
  TRY_VOID(transaction.run("DELETE FROM resource WHERE id = $1", {resource.ref.id}));
  return {};
}

}  // namespace larder::tenancy
