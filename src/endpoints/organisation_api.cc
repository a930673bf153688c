// /organisations and their customer keys.
#include <boost/json/array.hpp>

#include "api/etag.h"
#include "api/form.h"
#include "api/list_scope.h"
#include "api/page.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "ledger/email.h"
#include "ledger/look_alikes.h"
#include "tenancy/customer_keys.h"
#include "tenancy/members.h"
#include "tenancy/organisations.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Response;
using api::Route;
using api::RouteTable;
using ledger::Result;
using tenancy::Organisation;

constexpr ledger::TextRule kName = {.least = 1, .most = 100};
constexpr std::int64_t kLastAsn = 4'294'967'294;  // RFC 7300: the one after it is reserved

/// With what administrators are told: they decide by names.
boost::json::object shown(const Call& call, const Organisation& organisation) {
  auto json = to_json(organisation);
  if (call.caller().admin) {
    json["look_alikes"] = ledger::look_alikes({{"/name", organisation.ref.name},
                                               {"/contact/name", organisation.contact.name},
                                               {"/contact/email", organisation.contact.email}});
  }
  return json;
}

Response answer(const Call& call, const Organisation& organisation, int status = 200) {
  return std::move(
      Response::json(shown(call, organisation), status).with("ETag", api::version_tag(organisation.version)));
}

Result<Response> list(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request, {{"name", "o.name_key"}, ledger::by_time("created_at", "o.created_at")}, "name",
                      {"q", "kind"}));
  tenancy::OrganisationFilter filter;
  filter.ids = api::visible_organisations(call);
  filter.text = call.request.parameter("q");
  ledger::FieldProblems problems;
  filter.kind = api::word_parameter(call.request, "kind", {"isp", "enterprise"}, problems);
  TRY_VOID(problems.verdict());
  TRY(const auto found, tenancy::list_organisations(call.transaction(), filter, page));
  api::PageList items(page);
  for (const auto& [organisation, key] : found) {
    if (!items.add(shown(call, organisation), key, organisation.ref.id)) break;
  }
  return items.response();
}

/// The contact that a body gives; nullopt: none.
std::optional<tenancy::Contact> contact_of(Form& form, ledger::FieldProblems& problems) {
  const auto* object = form.object("contact");
  if (object == nullptr) return std::nullopt;
  Form contact(*object, problems, form.pointer("contact"));
  tenancy::Contact found{contact.text("name").value_or(""), contact.text("email").value_or(""),
                         contact.text("phone", {.most = 50}).value_or("")};
  if (const auto email = ledger::parse_email(found.email); !found.email.empty() && !email) {
    contact.problem("email", email.error().text);
  }
  contact.refuse_unknown();
  return found;
}

Result<Response> create(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  tenancy::NewOrganisation wanted;
  wanted.name = form.demanded_text("name", kName);
  wanted.kind = ledger::organisation_kind(form.demanded_word("kind", {"isp", "enterprise"}));
  wanted.asn = form.number("asn", 1, kLastAsn);
  wanted.contact = contact_of(form, problems).value_or(tenancy::Contact());
  const auto owner_email = form.text("owner_email", {.least = 3, .most = 254});
  if (const auto email = ledger::parse_email(owner_email.value_or("")); owner_email && !email) {
    form.problem("owner_email", email.error().text);
  }
  form.refuse_unknown();
  TRY_VOID(problems.verdict());

  TRY(const Organisation made, tenancy::create_organisation(call.transaction(), call.now(), call.actor(), wanted));
  if (owner_email) {
    TRY_VOID(tenancy::add_first_owner(call.transaction(), call.now(), call.actor(), made.ref, *owner_email));
  }
  return answer(call, made, 201);
}

Result<Response> show(Call& call) {
  TRY(const Organisation organisation, tenancy::load_organisation(call.transaction(), call.organisation_id));
  return answer(call, organisation);
}

Result<Response> edit(Call& call) {
  TRY(const Organisation before, tenancy::load_organisation(call.transaction(), call.organisation_id));
  TRY_VOID(api::check_version(call, "organisation", before.ref.id, before.version, shown(call, before)));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  tenancy::OrganisationEdit edits;
  edits.name = form.text("name", kName);
  if (form.has("asn")) edits.asn = form.number("asn", 1, kLastAsn);
  edits.contact = contact_of(form, problems);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const Organisation after,
      tenancy::edit_organisation(call.transaction(), call.now(), call.actor(), before, edits));
  return answer(call, after);
}

Result<Response> remove(Call& call) {
  TRY(const Organisation organisation, tenancy::load_organisation(call.transaction(), call.argument("organisation")));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string name = form.demanded_text("name", api::kConfirmation);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY_VOID(tenancy::delete_organisation(call.transaction(), call.now(), call.actor(), organisation, name));
  return Response::no_content();
}

Result<Response> keys(Call& call) {
  TRY(const auto both, tenancy::customer_keys(call.transaction(), call.organisation_id));
  return Response::json(boost::json::object{{"customer_id", call.organisation_id}, {"keys", to_json(both)}});
}

Result<Response> rotate_key(Call& call) {
  const std::string& slot = call.argument("slot");
  if (slot != "primary" && slot != "secondary") {
    return ledger::refuse(ledger::ProblemKind::kNotFound, "there is no key '{}': primary or secondary", slot);
  }
  TRY(const Organisation organisation, tenancy::load_organisation(call.transaction(), call.organisation_id));
  TRY_VOID(tenancy::rotate_customer_key(call.transaction(), call.now(), call.actor(), organisation.ref, slot));
  return keys(call);
}

}  // namespace

void add_organisation_routes(RouteTable& table) {
  using identity::Scope;
  table.add({"GET", "/organisations", Needs::kSignedIn, Scope::kRead, Mode::kRead, list});
  table.add({"POST", "/organisations", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, create});
  table.add({"GET", "/organisations/{organisation}", Needs::kViewer, Scope::kRead, Mode::kRead, show});
  table.add({"PATCH", "/organisations/{organisation}", Needs::kOwner, Scope::kManage, Mode::kWrite, edit});
  table.add({"DELETE", "/organisations/{organisation}", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, remove});
  table.add({"GET", "/organisations/{organisation}/customer-keys", Needs::kOperator, Scope::kKeys, Mode::kRead, keys});
  Route rotate{"POST",        "/organisations/{organisation}/customer-keys/{slot}",
               Needs::kOwner, Scope::kKeys,
               Mode::kWrite,  rotate_key};
  rotate.answers_secret = true;
  table.add(rotate);
}

}  // namespace larder::endpoints
