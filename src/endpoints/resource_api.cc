// /resources.
#include "api/etag.h"
#include "api/form.h"
#include "api/list_scope.h"
#include "api/page.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "tenancy/organisations.h"
#include "tenancy/resources.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Response;
using api::RouteTable;
using ledger::Result;
using tenancy::Resource;

constexpr ledger::TextRule kName = {.least = 1, .most = 100};
constexpr ledger::TextRule kNotes = {.most = 4000, .shape = ledger::TextShape::kLines};

Response answer(const Resource& resource, int status = 200) {
  return std::move(Response::json(to_json(resource), status).with("ETag", api::version_tag(resource.version)));
}

Result<Response> list(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request, {{"name", "r.name_key"}, ledger::by_time("created_at", "r.created_at")}, "name",
                      {"q", "organisation"}));
  tenancy::ResourceFilter filter;
  filter.organisations = api::visible_organisations(call);
  filter.organisation = call.request.parameter("organisation");
  filter.text = call.request.parameter("q");
  TRY(const auto found, tenancy::list_resources(call.transaction(), filter, page));
  api::PageList items(page);
  for (const auto& [resource, key] : found) {
    if (!items.add(to_json(resource), key, resource.ref.id)) break;
  }
  return items.response();
}

Result<Response> create(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string name = form.demanded_text("name", kName);
  const std::string notes = form.text("notes", kNotes).value_or("");
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto organisation, tenancy::load_organisation(call.transaction(), call.organisation_id));
  TRY(const Resource made,
      tenancy::create_resource(call.transaction(), call.now(), call.actor(), organisation.ref, name, notes));
  return answer(made, 201);
}

Result<Response> show(Call& call) {
  TRY(const Resource resource, tenancy::load_resource(call.transaction(), call.argument("resource")));
  return answer(resource);
}

Result<Response> edit(Call& call) {
  TRY(const Resource before, tenancy::load_resource(call.transaction(), call.argument("resource")));
  TRY_VOID(api::check_version(call, "resource", before.ref.id, before.version, to_json(before)));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  tenancy::ResourceEdit edits;
  edits.name = form.text("name", kName);
  edits.notes = form.text("notes", kNotes);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const Resource after, tenancy::edit_resource(call.transaction(), call.now(), call.actor(), before, edits));
  return answer(after);
}

Result<Response> remove(Call& call) {
  TRY(const Resource resource, tenancy::load_resource(call.transaction(), call.argument("resource")));
  TRY_VOID(api::check_named_version(call, "resource", resource.ref.id, resource.version, to_json(resource)));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string name = form.demanded_text("name", api::kConfirmation);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY_VOID(tenancy::delete_resource(call.transaction(), call.now(), call.actor(), resource, name));
  return Response::no_content();
}

}  // namespace

void add_resource_routes(RouteTable& table) {
  using identity::Scope;
  table.add({"GET", "/resources", Needs::kSignedIn, Scope::kRead, Mode::kRead, list});
  table.add({"POST", "/organisations/{organisation}/resources", Needs::kOperator, Scope::kWrite, Mode::kWrite, create});
  table.add({"GET", "/resources/{resource}", Needs::kViewer, Scope::kRead, Mode::kRead, show});
  table.add({"PATCH", "/resources/{resource}", Needs::kOperator, Scope::kWrite, Mode::kWrite, edit});
  table.add({"DELETE", "/resources/{resource}", Needs::kOperator, Scope::kWrite, Mode::kWrite, remove});
}

}  // namespace larder::endpoints
