// /access-requests: asked by anybody, decided by administrators.
#include "api/form.h"
#include "api/page.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "endpoints/invitation_json.h"
#include "ledger/email.h"
#include "ledger/look_alikes.h"
#include "tenancy/access_requests.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Response;
using api::RouteTable;
using ledger::Result;

constexpr std::int64_t kLastAsn = 4'294'967'294;  // RFC 7300: the one after it is reserved

tenancy::Contact read_contact(Form& form, ledger::FieldProblems& problems) {
  const auto* object = form.object("contact");
  if (object == nullptr) {
    if (!form.has("contact")) form.problem("contact", "it is missing: {name, email}, and phone if you like");
    return {};
  }
  Form contact(*object, problems, form.pointer("contact"));
  tenancy::Contact found;
  found.name = contact.demanded_text("name", {.least = 1, .most = 100});
  found.email = contact.demanded_text("email", {.least = 1, .most = 254});
  if (const auto email = ledger::parse_email(found.email); !found.email.empty() && !email) {
    contact.problem("email", email.error().text);
  }
  found.phone = contact.text("phone", {.most = 50}).value_or("");
  contact.refuse_unknown();
  return found;
}

Result<> may_ask(Call& call) {
  return tenancy::check_access_request(call.transaction(), call.now(), call.request.client);
}

/// With what administrators are told: they decide by names.
boost::json::object shown(const tenancy::AccessRequest& request) {
  auto json = to_json(request);
  json["look_alikes"] = ledger::look_alikes({{"/organisation_name", request.organisation_name},
                                             {"/contact/name", request.contact.name},
                                             {"/contact/email", request.contact.email}});
  return json;
}

Result<Response> create(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  tenancy::AccessWish wish;
  wish.organisation_name = form.demanded_text("organisation_name", {.least = 1, .most = 100});
  const std::string kind = form.demanded_word("kind", {"isp", "enterprise"});
  wish.asn = form.number("asn", 1, kLastAsn);
  wish.contact = read_contact(form, problems);
  wish.message = form.text("message", {.most = 4000, .shape = ledger::TextShape::kLines}).value_or("");
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  wish.kind = ledger::organisation_kind(kind);
  TRY(const auto request, tenancy::create_access_request(call.transaction(), call.now(), wish, call.request.client));
  return Response::json(to_json(request), 201);
}

Result<Response> list(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request, {ledger::by_time("created_at", "r.created_at")}, "created_at", {"state"}));
  const auto state = call.request.parameter("state");
  if (state && *state != "open" && *state != "approved" && *state != "refused") {
    ledger::FieldProblems problems;
    problems.add("?state", "it must be open, approved or refused");
    return std::unexpected(problems.verdict().error());
  }
  TRY(const auto found, tenancy::list_access_requests(call.transaction(), state, page));
  api::PageList items(page);
  for (const auto& [request, key] : found) {
    if (!items.add(shown(request), key, request.id)) break;
  }
  return items.response();
}

Result<Response> show(Call& call) {
  TRY(const auto request, tenancy::find_access_request(call.transaction(), call.argument("request")));
  return Response::json(shown(request));
}

Result<Response> decide(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  tenancy::AccessDecision decision;
  decision.approved = form.demanded_word("decision", {"approve", "refuse"}) == "approve";
  decision.reason = form.text("reason", {.least = 1, .most = 1000, .shape = ledger::TextShape::kLines});
  if (!decision.approved && !decision.reason && !form.has("reason")) {
    form.problem("reason", "say why it is refused");
  }
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto decided, tenancy::decide_access_request(call.transaction(), call.now(), call.actor(), call.caller(),
                                                         call.argument("request"), decision));
  boost::json::object body;
  body["request"] = shown(decided.request);
  body["invitation"] = nullptr;
  if (decided.invitation) body["invitation"] = new_invitation_json(call, *decided.invitation);
  return std::move(Response::json(body).with("Cache-Control", "no-store"));
}

}  // namespace

void add_access_request_routes(RouteTable& table) {
  using identity::Scope;
  table.add({.method = "POST",
             .path = "/access-requests",
             .needs = Needs::kNothing,
             .scope = std::nullopt,
             .mode = Mode::kWrite,
             .handler = create,
             .gate = may_ask});
  table.add({"GET", "/access-requests", Needs::kAdmin, Scope::kAdmin, Mode::kRead, list});
  table.add({"GET", "/access-requests/{request}", Needs::kAdmin, Scope::kAdmin, Mode::kRead, show});
  table.add({"POST", "/access-requests/{request}/decision", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, decide, true});
}

}  // namespace larder::endpoints
