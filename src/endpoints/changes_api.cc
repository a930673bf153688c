// /changes: what was changed since a position, for those who keep a copy of what the portal knows.
#include <boost/json/array.hpp>
#include <charconv>

#include "api/list_scope.h"
#include "api/prefer_wait.h"
#include "api/route.h"
#include "database/change_log.h"
#include "endpoints/all_routes.h"
#include "ledger/text_gate.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Response;
using api::RouteTable;
using database::ChangesSince;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr std::size_t kUsualChanges = 500;
constexpr std::size_t kMostChanges = 5000;
constexpr std::size_t kScopeLength = 16;  // hex digits

// Position: what callers are given to ask with the next time: where in the log, and what they could see.
//
// Who may see another set of organisations has to read everything anew: the log does not say what came into their
// sight.
struct Position {
  std::string in_log;
  std::string scope;
};

/// Of whose changes a caller sees; equal for equal sets.
std::string scope_of(const std::optional<std::vector<std::string>>& organisations) {
  std::string text = organisations ? "" : "all";
  if (organisations) {
    for (const std::string& id : *organisations) text += id + " ";  // in their order
  }
  return ledger::hash_secret(text).substr(0, kScopeLength);
}

std::string to_text(const Position& position) { return position.scope + "." + position.in_log; }

std::optional<Position> read_position(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  constexpr std::string_view kLetters = "0123456789abcdef-.";
  if (text.size() <= kScopeLength + 1 || text.size() > kLongest || text[kScopeLength] != '.') return std::nullopt;
  if (text.find_first_not_of(kLetters) != std::string_view::npos) return std::nullopt;
  return Position{std::string(text.substr(kScopeLength + 1)), std::string(text.substr(0, kScopeLength))};
}

struct Asked {
  std::optional<Position> since;
  std::size_t limit = kUsualChanges;
};

Result<Asked> read_query(const api::Request& request) {
  ledger::FieldProblems problems;
  Asked asked;
  for (const auto& [name, value] : request.parameters()) {
    if (name != "since" && name != "limit") problems.add("?" + name, "there is no such parameter here");
  }
  if (const auto text = request.parameter("limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), asked.limit);
    if (error != std::errc() || end != text->data() + text->size() || asked.limit < 1 || asked.limit > kMostChanges) {
      problems.add("?limit", fmt::format("it must be a whole number from 1 to {}", kMostChanges));
    }
  }
  if (const auto text = request.parameter("since")) {
    asked.since = read_position(*text);
    if (!asked.since) problems.add("?since", "it must be the `position` of an answer to /changes");
  }
  TRY_VOID(problems.verdict());
  return asked;
}

Response answer(const ChangesSince& found, const std::string& scope) {
  boost::json::array items;
  for (const database::LoggedChange& change : found.changes) {
    items.push_back(
        boost::json::object{{"kind", change.kind}, {"id", change.id}, {"organisation", change.organisation}});
  }
  return Response::json(boost::json::object{
      {"items", std::move(items)}, {"position", to_text({found.position, scope})}, {"more", found.more}});
}

/// A caller of one organisation waits for its changes, others for any.
Response::Wait wait_for(const std::optional<std::vector<std::string>>& organisations, std::chrono::seconds patience) {
  const bool one = organisations && organisations->size() == 1;
  return {std::string(database::kLogChange), one ? organisations->front() : "", patience};
}

Result<Response> list(Call& call) {
  TRY(const Asked asked, read_query(call.request));
  const auto organisations = api::visible_organisations(call);
  const std::string scope = scope_of(organisations);
  if (!asked.since) {
    ChangesSince nothing;
    TRY(nothing.position, database::latest_position(call.transaction()));
    return answer(nothing, scope);
  }
  std::optional<ChangesSince> found;
  if (asked.since->scope == scope) {
    TRY(found, database::changes_since(call.transaction(), {asked.since->in_log, organisations, asked.limit}));
  }
  if (!found) {
    return refuse(ProblemKind::kGone,
                  "the log does not go back to this position any more, or you may see other organisations than then; "
                  "ask for the position of now, and read everything anew");
  }
  Response response = answer(*found, scope);
  const auto seconds = api::wait_of(call.request);
  if (seconds && found->changes.empty() && !found->more) {
    response.with("Preference-Applied", fmt::format("wait={}", *seconds));
    response.wait = wait_for(organisations, std::chrono::seconds(*seconds));
  }
  return response;
}

}  // namespace

void add_change_routes(RouteTable& table) {
  table.add({"GET", "/changes", api::Needs::kSignedIn, identity::Scope::kRead, api::Mode::kRead, list});
}

}  // namespace larder::endpoints
