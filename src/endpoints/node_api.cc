// /nodes: cache nodes and their keys.
#include <algorithm>
#include <boost/json/array.hpp>
#include <span>

#include "api/etag.h"
#include "api/form.h"
#include "api/list_scope.h"
#include "api/page.h"
#include "api/prefer_wait.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "endpoints/ip_space_rules.h"
#include "endpoints/node_form.h"
#include "fleet/address_conflicts.h"
#include "fleet/node_rules.h"
#include "fleet/node_store.h"
#include "fleet/nodes.h"
#include "fleet/registration_keys.h"
#include "http/etag.h"
#include "ledger/time.h"
#include "tenancy/customer_keys.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Response;
using api::Route;
using api::RouteTable;
using api::word_parameter;
using fleet::Node;
using ledger::Result;

constexpr std::int64_t kUsualKeyHours = 24;
constexpr std::int64_t kMostKeyHours = 720;
constexpr std::size_t kNodesAtATime = 2;
constexpr std::size_t kMostLabels = 32;  // that a list is narrowed by: a node has no more

boost::json::object json_of(const Call& call, const Node& node) { return to_json(node, ledger::to_ms(call.now())); }

/// With what administrators are told.
Result<boost::json::object> shown(const Call& call, const Node& node) {
  auto json = json_of(call, node);
  if (call.caller().admin) {
    TRY(const auto conflicts, fleet::find_address_conflicts(call.transaction(), node));
    json["address_conflicts"] = to_json(conflicts);
  }
  return json;
}

Result<Response> answer(const Call& call, const Node& node, int status = 200) {
  TRY(const auto json, shown(call, node));
  return std::move(Response::json(json, status).with("ETag", api::content_tag(node.version, json)));
}

fleet::NodeRules node_rules(const Call& call, const ledger::OrganisationRef& organisation) {
  return {organisation.kind, call.services.config.allow_private};
}

/// "name" or "name:value"; a name has no colon.
fleet::LabelFilter label_of(std::string_view text, ledger::FieldProblems& problems) {
  const std::size_t colon = text.find(':');
  fleet::LabelFilter label;
  label.name = text.substr(0, colon);
  if (colon != std::string_view::npos) label.value = text.substr(colon + 1);
  if (label.name.empty()) problems.add("?label", "it must be a label's name, or name:value");
  return label;
}

Result<fleet::NodeFilter> filter_of(const Call& call) {
  const api::Request& request = call.request;
  fleet::NodeFilter filter;
  filter.organisations = api::visible_organisations(call);
  filter.organisation = request.parameter("organisation");
  filter.resource = request.parameter("resource");
  filter.text = request.parameter("q");
  ledger::FieldProblems problems;
  filter.intent = word_parameter(request, "intent", {"enabled", "disabled", "draining"}, problems);
  filter.ip_space =
      word_parameter(request, "ip_space", {"not_configured", "valid", "in_review", "attention_required"}, problems);
  filter.ring = word_parameter(request, "ring", {"fast", "slow"}, problems);
  for (const auto& [name, label] : request.parameters()) {
    if (name != "label") continue;
    if (filter.labels.size() == kMostLabels) {
      problems.add("?label", fmt::format("{} labels at most", kMostLabels));
      break;
    }
    filter.labels.push_back(label_of(label, problems));
  }
  const auto in_conflict = word_parameter(request, "address_conflict", {"true"}, problems);
  if (in_conflict && !call.caller().admin) {
    problems.add("?address_conflict", "only administrators of the portal see such conflicts");
  }
  TRY_VOID(problems.verdict());
  if (in_conflict) {
    TRY(filter.ids, fleet::nodes_in_conflict(call.transaction()));
  }
  return filter;
}

Result<Response> list(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request,
                      {{"name", "n.name_key"},
                       ledger::by_time("created_at", "n.created_at"),
                       ledger::by_time("updated_at", "n.updated_at")},
                      "name",
                      {"q", "organisation", "resource", "intent", "ip_space", "ring", "label", "address_conflict"}));
  TRY(const auto filter, filter_of(call));
  TRY(auto found, fleet::list_nodes(call.transaction(), filter, page));
  api::PageList items(page);
  // A node may have very many blocks: those of a few nodes are loaded at a time.
  for (std::size_t first = 0; first < found.size(); first += kNodesAtATime) {
    const auto some = std::span(found).subspan(first, std::min(kNodesAtATime, found.size() - first));
    TRY_VOID(fleet::load_blocks(call.transaction(), some));
    for (auto& [node, key] : some) {
      TRY(const auto json, shown(call, node));
      if (!items.add(json, key, node.ref.id)) return items.response();
      node.cidr_blocks = {};
    }
  }
  return items.response();
}

Result<Response> create(Call& call) {
  TRY(const auto resource, tenancy::load_resource(call.transaction(), call.argument("resource")));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  fleet::NodeWish wish;
  const std::string name = form.text("name", {.shape = ledger::TextShape::kTyped}).value_or("");
  fleet::check_node_name(name, problems);
  read_node_form(form, problems, wish);
  form.refuse_unknown();
  fleet::check_node_settings(wish.settings, node_rules(call, resource.organisation), problems);
  TRY(const Node made, fleet::create_node(call.transaction(), call.now(), call.actor(), ip_space_rules(call.services),
                                          resource, name, wish, problems));
  return answer(call, made, 201);
}

/// `wanted`, but not past the moment that ends a drain: nobody announces that change.
std::chrono::milliseconds patience(const Call& call, const Node& node, std::chrono::milliseconds wanted) {
  const fleet::Intent& intent = node.settings.intent;
  const std::int64_t now = ledger::to_ms(call.now());
  if (!intent.until || *intent.until <= now) return wanted;
  return std::min(wanted, std::chrono::milliseconds(*intent.until - now));
}

Result<Response> show(Call& call) {
  TRY(const Node node, fleet::load_node(call.transaction(), call.argument("node")));
  TRY(const auto json, shown(call, node));
  const std::string tag = api::content_tag(node.version, json);
  const std::string* known = call.request.field("If-None-Match");
  if (known == nullptr || !http::list_has(*known, {.weak = false, .opaque = tag}, true)) return answer(call, node);
  Response unchanged;
  unchanged.status = 304;
  unchanged.with("ETag", tag);
  if (const auto seconds = api::wait_of(call.request)) {
    unchanged.with("Preference-Applied", fmt::format("wait={}", *seconds));
    unchanged.wait = Response::Wait{"node", node.ref.id, patience(call, node, std::chrono::seconds(*seconds))};
  }
  return unchanged;
}

Result<Response> edit(Call& call) {
  TRY(const Node before, fleet::load_node(call.transaction(), call.argument("node")));
  TRY(const auto current, shown(call, before));
  TRY_VOID(api::check_version(call, "node", before.ref.id, before.version, current));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  fleet::NodeWish wish;
  wish.settings = before.settings;
  if (form.has("name") && form.text("name", api::kConfirmation).value_or("") != before.ref.name) {
    form.problem("name", "a cache node's name never changes");
  }
  read_node_form(form, problems, wish);
  form.refuse_unknown();
  fleet::check_node_settings(wish.settings, node_rules(call, before.organisation), problems);
  TRY(const Node after, fleet::edit_node(call.transaction(), call.now(), call.actor(), ip_space_rules(call.services),
                                         before, wish, problems));
  return answer(call, after);
}

Result<Response> remove(Call& call) {
  TRY(const Node node, fleet::load_node(call.transaction(), call.argument("node")));
  TRY(const auto current, shown(call, node));
  TRY_VOID(api::check_named_version(call, "node", node.ref.id, node.version, current));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string name = form.demanded_text("name", api::kConfirmation);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto deletion,
      fleet::delete_node(call.transaction(), call.now(), call.actor(), ip_space_rules(call.services), node, name));
  return Response::json(
      boost::json::object{{"deleted", boost::json::object{{"node", to_json(node.ref)},
                                                          {"blocks", deletion.blocks},
                                                          {"keys", deletion.keys},
                                                          {"reviews_withdrawn", deletion.reviews_withdrawn}}}});
}

boost::json::value time_or_null(const std::optional<std::int64_t>& ms) {
  return ms ? boost::json::value(ledger::time_to_string(*ms)) : boost::json::value(nullptr);
}

Result<Response> keys(Call& call) {
  const std::string& id = call.argument("node");
  TRY(const auto customer_keys, tenancy::customer_keys(call.transaction(), call.organisation_id));
  TRY(const auto key, fleet::registration_key_state(call.transaction(), call.now(), id));
  return Response::json(
      boost::json::object{{"customer_id", call.organisation_id},
                          {"cache_node_id", id},
                          {"customer_keys", to_json(customer_keys)},
                          {"registration_key", boost::json::object{{"state", key.state},
                                                                   {"expires_at", time_or_null(key.expires_at)},
                                                                   {"used_at", time_or_null(key.used_at)}}}});
}

Result<Response> issue_key(Call& call) {
  TRY(const Node node, fleet::load_node(call.transaction(), call.argument("node")));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const auto hours = form.number("expires_in_hours", 1, kMostKeyHours);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto key,
      fleet::issue_registration_key(call.transaction(), call.now(), call.actor(), node.organisation.id, node.ref.id,
                                    node.ref.name, std::chrono::hours(hours.value_or(kUsualKeyHours))));
  return Response::json(boost::json::object{{"customer_id", node.organisation.id},
                                            {"cache_node_id", node.ref.id},
                                            {"registration_key", key.secret},
                                            {"expires_at", ledger::time_to_string(key.expires_at)}},
                        201);
}

}  // namespace

void add_node_routes(RouteTable& table) {
  using identity::Scope;
  table.add({"GET", "/nodes", Needs::kSignedIn, Scope::kRead, Mode::kRead, list});
  table.add({"POST", "/resources/{resource}/nodes", Needs::kOperator, Scope::kWrite, Mode::kWrite, create});
  table.add({"GET", "/nodes/{node}", Needs::kViewer, Scope::kRead, Mode::kRead, show});
  table.add({"PATCH", "/nodes/{node}", Needs::kOperator, Scope::kWrite, Mode::kWrite, edit});
  table.add({"DELETE", "/nodes/{node}", Needs::kOperator, Scope::kWrite, Mode::kWrite, remove});
  table.add({"GET", "/nodes/{node}/keys", Needs::kOperator, Scope::kKeys, Mode::kRead, keys});
  Route issue{"POST", "/nodes/{node}/keys/registration", Needs::kOperator, Scope::kKeys, Mode::kWrite, issue_key};
  issue.answers_secret = true;
  table.add(issue);
}

}  // namespace larder::endpoints
