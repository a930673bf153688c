// /audit: the audit log, in pages and as a file.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/list_scope.h"
#include "api/page.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "ledger/audit_list.h"
#include "ledger/time.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Response;
using api::RouteTable;
using ledger::Result;

constexpr std::size_t kExportStep = 32;           // entries that are read at a time, if they are small
constexpr std::size_t kExportPiece = 256 * 1024;  // bytes that are made at a time, as the client takes them

std::optional<std::int64_t> time_parameter(const api::Request& request, std::string_view name,
                                           ledger::FieldProblems& problems) {
  const auto text = request.parameter(name);
  if (!text) return std::nullopt;
  const auto time = ledger::parse_time(*text);
  if (time) return *time;
  problems.add("?" + std::string(name), time.error().text);
  return std::nullopt;
}

Result<ledger::AuditFilter> filter_of(const Call& call) {
  ledger::FieldProblems problems;
  ledger::AuditFilter filter;
  filter.organisations = api::visible_organisations(call);
  filter.organisation = call.request.parameter("organisation");
  filter.action = call.request.parameter("action");
  filter.actor = call.request.parameter("actor");
  filter.object = call.request.parameter("object");
  filter.from = time_parameter(call.request, "from", problems);
  filter.to = time_parameter(call.request, "to", problems);
  TRY_VOID(problems.verdict());
  return filter;
}

Result<Response> list(Call& call) {
  TRY(const ledger::PageQuery page, api::page_query(call.request, {ledger::by_time("at", "a.at")}, "-at",
                                                    {"organisation", "action", "actor", "object", "from", "to"}));
  TRY(const auto filter, filter_of(call));
  return api::page_in_steps(
      page, [&](const ledger::PageQuery& step) { return ledger::list_audit(call.transaction(), filter, step); },
      [](const ledger::AuditEntry& entry) { return std::pair(ledger::to_text(entry), entry.id); });
}

/// Whether a spreadsheet may take a cell for a formula: some pass over blanks, and some read full-width signs.
bool is_formula(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  for (const std::string_view sign : {"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
    if (text.starts_with(sign)) return true;
  }
  return false;
}

/// A cell as RFC 4180 wants it. One that a spreadsheet would take for a formula gets an apostrophe in front.
std::string csv_cell(std::string_view text) {
  std::string cell = "\"";
  if (is_formula(text)) cell += '\'';
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + "\"";
}

std::string text_of(const boost::json::value& value) {
  if (value.is_null()) return "";
  return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

constexpr std::string_view kCsvHead =
    "at,actor,via,address,organisation,action,kind,object_id,object,before,after,claims\r\n";

std::string csv_line(const ledger::AuditEntry& entry) {
  const auto& json = entry.json;
  const auto& organisation = json.at("organisation");
  const auto& object = json.at("object");
  const std::string cells[] = {text_of(json.at("at")),
                               text_of(json.at("actor").at("name")),
                               text_of(json.at("via")),
                               text_of(json.at("address")),
                               organisation.is_null() ? "" : text_of(organisation.at("name")),
                               text_of(json.at("action")),
                               text_of(object.at("kind")),
                               text_of(object.at("id")),
                               text_of(object.at("name")),
                               entry.before.value_or(""),
                               entry.after.value_or(""),
                               text_of(json.at("actor").at("claims"))};
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + csv_cell(cell);
  return line + "\r\n";
}

Result<bool> read_format(const api::Request& request) {
  const std::string format = request.parameter("format").value_or("jsonl");
  ledger::FieldProblems problems;
  if (format != "jsonl" && format != "csv") problems.add("?format", "it must be jsonl or csv");
  TRY_VOID(problems.verdict());
  return format == "csv";
}

/// The next entries of an export, in `response`: enough of them for a piece. `page.after` is where the last one ended.
/// Returns where it goes on; "": there is no more.
Result<std::string> add_piece(Call& call, ledger::PageQuery page, const ledger::AuditFilter& filter, bool csv,
                              Response& response) {
  page.limit = kExportStep;
  while (response.body.size() < kExportPiece) {
    TRY(const auto step, ledger::list_audit(call.transaction(), filter, page));
    for (const auto& [entry, key] : step.items) {
      response.body += csv ? csv_line(entry) : ledger::to_text(entry) + "\n";
      page.after = {key, entry.id};
    }
    if (!step.more) return "";
  }
  return api::cursor_after(page, page.after->first, page.after->second);
}

/// Whose entries are exported.
std::string scope_of(const ledger::AuditFilter& filter) {
  if (!filter.organisations) return "all";
  boost::json::array ids;
  for (const std::string& id : *filter.organisations) ids.emplace_back(id);
  return boost::json::serialize(ids);
}

/// The scope that an export began with; nullopt: not all of it is in `filter`, which is what the caller may see today.
std::optional<ledger::AuditFilter> narrowed_to(std::string_view scope, const ledger::AuditFilter& filter) {
  ledger::AuditFilter begun = filter;
  if (scope == "all") return filter.organisations ? std::nullopt : std::optional(begun);
  begun.organisations.emplace();
  const boost::json::value ids = boost::json::parse(scope);
  for (const auto& id : ids.as_array()) begun.organisations->emplace_back(id.as_string());
  const auto visible = [&](const std::string& id) {
    return !filter.organisations || std::ranges::find(*filter.organisations, id) != filter.organisations->end();
  };
  return std::ranges::all_of(*begun.organisations, visible) ? std::optional(begun) : std::nullopt;
}

/// Each piece is a request of its own to us. Its `next` is a cursor, a blank, and the scope: who may see less of the
/// log than when they began gets no more of it, and an export that breaks off, and not one that looks whole. Who may
/// see more gets what they began with.
Result<Response> export_all(Call& call) {
  TRY(const bool csv, read_format(call.request));
  TRY(ledger::PageQuery page, api::page_query(call.request, {ledger::by_time("at", "a.at")}, "at",
                                              {"organisation", "action", "actor", "object", "from", "to", "format"}));
  TRY(auto filter, filter_of(call));
  Response response;
  response.content_type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
  response.with("Content-Disposition", fmt::format("attachment; filename=\"audit.{}\"", csv ? "csv" : "jsonl"));
  if (const std::string_view piece = call.request.piece; !piece.empty()) {
    const std::size_t blank = std::min(piece.find(' '), piece.size());
    page.after = api::read_cursor(piece.substr(0, blank), page);
    const auto begun = narrowed_to(piece.substr(std::min(blank + 1, piece.size())), filter);
    if (!page.after || !begun) {
      return ledger::refuse(ledger::ProblemKind::kForbidden,
                            "what you may see of the log has changed since the export began: begin again");
    }
    filter = *begun;
  } else if (csv) {
    response.body = kCsvHead;
  }
  TRY(const std::string next, add_piece(call, page, filter, csv, response));
  if (!next.empty()) response.next = fmt::format("{} {}", next, scope_of(filter));
  return response;
}

}  // namespace

void add_audit_routes(RouteTable& table) {
  using identity::Scope;
  table.add({"GET", "/audit", api::Needs::kSignedIn, Scope::kRead, api::Mode::kRead, list});
  table.add({"GET", "/audit/export", api::Needs::kSignedIn, Scope::kRead, api::Mode::kRead, export_all});
}

}  // namespace larder::endpoints
