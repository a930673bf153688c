// IP space: of a node, checked before it is applied, the administrators' reviews, and what they rejected.
#include <boost/json/array.hpp>

#include "api/form.h"
#include "api/list_scope.h"
#include "api/page.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "endpoints/ip_space_rules.h"
#include "endpoints/node_form.h"
#include "fleet/ip_decisions.h"
#include "fleet/ip_recheck.h"
#include "fleet/node_store.h"
#include "fleet/nodes.h"
#include "ledger/look_alikes.h"
#include "space/ip_changes.h"
#include "space/ip_rejections.h"
#include "space/ip_reviews.h"
#include "tenancy/organisations.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Response;
using api::RouteTable;
using ledger::Result;

boost::json::array blocks_json(const space::IpSpace& space) {
  boost::json::array blocks;
  for (const space::IpBlock& block : space.blocks) blocks.push_back(to_json(block));
  return blocks;
}

boost::json::array errors_json(const ledger::FieldProblems& problems) {
  boost::json::array errors;
  for (const ledger::FieldProblem& problem : problems.list()) {
    boost::json::object entry{{"pointer", problem.pointer}, {"detail", problem.detail}};
    if (problem.suggestion) entry["suggestion"] = *problem.suggestion;
    errors.push_back(std::move(entry));
  }
  return errors;
}

Result<Response> show(Call& call) {
  TRY(const auto node, fleet::load_node(call.transaction(), call.argument("node")));
  TRY(const auto space, space::load_ip_space(call.transaction(), node.ref.id));
  TRY(const auto review, space::open_review(call.transaction(), node.ref.id));
  return Response::json(boost::json::object{
      {"node", to_json(node.ref)},
      {"state", to_string(space.state())},
      {"feedback", node.ip_space.feedback ? boost::json::value(*node.ip_space.feedback) : boost::json::value(nullptr)},
      {"blocks", blocks_json(space)},
      {"review", review ? boost::json::value(*review) : boost::json::value(nullptr)}});
}

struct CheckForm {
  space::CidrList list;
  std::string node_id;
  bool share = false;
};

/// Problems of the list are part of the answer; any others are a problem of the request.
Result<CheckForm> read_check(Call& call, ledger::FieldProblems& list_problems) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  CheckForm check;
  check.node_id = form.text("node").value_or("");
  const auto share = form.flag("share_blocks");
  const auto* given = form.value("cidr_blocks");
  if (given == nullptr || (!given->is_string() && !given->is_array())) {
    form.problem("cidr_blocks", "it is missing: a list of address blocks");
  } else {
    check.list = read_cidr_blocks(form, "cidr_blocks", list_problems).value_or(space::CidrList());
  }
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  if (!check.node_id.empty()) {
    TRY(const auto node, fleet::load_node(call.transaction(), check.node_id));
    if (node.organisation.id != call.organisation_id) {
      return ledger::refuse(ledger::ProblemKind::kNotFound, "the organisation has no such cache node");
    }
    check.share = node.settings.share_blocks;
  }
  check.share = share.value_or(check.share);
  return check;
}

Result<Response> check(Call& call) {
  ledger::FieldProblems problems;
  TRY(const CheckForm form, read_check(call, problems));
  TRY(const auto organisation, tenancy::load_organisation(call.transaction(), call.organisation_id));
  TRY(const auto before, space::load_ip_space(call.transaction(), form.node_id));
  const space::IpSpaceRules rules = ip_space_rules(call.services);
  const space::IpSpaceRequest request{organisation.ref, form.node_id, form.list, form.share, true};
  TRY(const auto after, space::assess(call.transaction(), call.now(), rules, request, before, problems));
  TRY(const auto changes, space::changes_of(call.transaction(), organisation.ref.id, form.node_id, before, after));
  boost::json::array canonical;
  for (const net::Prefix& prefix : form.list.blocks) canonical.emplace_back(to_string(prefix));
  return Response::json(boost::json::object{{"canonical", std::move(canonical)},
                                            {"state", to_string(after.state())},
                                            {"blocks", blocks_json(after)},
                                            {"changes", to_json(changes)},
                                            {"errors", errors_json(problems)},
                                            {"more_errors", problems.more()}});
}

/// For administrators, who decide by reading names.
template <class Item>
boost::json::object with_look_alikes(const Item& item) {
  boost::json::object json = to_json(item);
  json["look_alikes"] =
      ledger::look_alikes({{"/organisation/name", item.organisation.name}, {"/node/name", item.node.name}});
  return json;
}

Result<Response> list_reviews(Call& call) {
  TRY(const ledger::PageQuery page, api::page_query(call.request, {ledger::by_time("requested_at", "v.requested_at")},
                                                    "requested_at", {"state", "organisation"}));
  space::ReviewFilter filter;
  ledger::FieldProblems problems;
  filter.state = api::word_parameter(call.request, "state",
                                     {"open", "approved", "rejected", "partly_approved", "withdrawn"}, problems)
                     .value_or("open");
  TRY_VOID(problems.verdict());
  filter.organisation = call.request.parameter("organisation");
  return api::page_in_steps(
      page, [&](const ledger::PageQuery& step) { return space::list_reviews(call.transaction(), filter, step); },
      [](const space::Review& review) { return std::pair(with_look_alikes(review), review.id); });
}

Result<Response> show_review(Call& call) {
  TRY(const auto review, space::load_review(call.transaction(), call.argument("review")));
  return Response::json(with_look_alikes(review));
}

Result<fleet::ReviewDecision> read_decision(const Call& call) {
  using Kind = fleet::ReviewDecision::Kind;
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  fleet::ReviewDecision decision;
  const std::string word = form.demanded_word("decision", {"approve", "reject", "approve_part"});
  decision.kind = word == "approve" ? Kind::kApprove : word == "reject" ? Kind::kReject : Kind::kApprovePart;
  decision.feedback = form.text("feedback", {.least = 1, .most = 2000, .shape = ledger::TextShape::kLines});
  decision.approved = read_cidr_blocks(form, "blocks", problems).value_or(space::CidrList()).blocks;
  decision.despite_overlaps = form.flag("despite_overlaps").value_or(false);
  if (decision.kind != Kind::kApprove && !form.has("feedback")) {
    form.problem("feedback", "say why, so that they know what to change");
  }
  if (decision.kind == Kind::kApprovePart && !form.has("blocks")) {
    form.problem("blocks", "list the blocks that are approved");
  }
  if (decision.kind != Kind::kApprovePart && form.has("blocks")) {
    form.problem("blocks", "blocks are listed with approve_part only");
  }
  if (decision.kind == Kind::kReject && form.has("despite_overlaps")) {
    form.problem("despite_overlaps", "overlaps are accepted with approve and approve_part only");
  }
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  return decision;
}

Result<Response> decide(Call& call) {
  TRY(const auto decision, read_decision(call));
  TRY(const auto review, space::load_review(call.transaction(), call.argument("review")));
  TRY_VOID(fleet::decide_review(call.transaction(), call.now(), call.actor(), ip_space_rules(call.services), review,
                                decision));
  return show_review(call);
}

Result<Response> list_rejections(Call& call) {
  TRY(const ledger::PageQuery page, api::page_query(call.request, {ledger::by_time("rejected_at", "r.rejected_at")},
                                                    "rejected_at", {"organisation"}));
  TRY(const auto found, space::list_rejections(call.transaction(), call.request.parameter("organisation"), page));
  api::PageList items(page);
  for (const auto& [rejection, key] : found) {
    if (!items.add(with_look_alikes(rejection), key, rejection.id)) break;
  }
  return items.response();
}

Result<Response> show_rejection(Call& call) {
  TRY(const auto rejection, space::load_rejection(call.transaction(), call.argument("rejection")));
  return Response::json(with_look_alikes(rejection));
}

Result<Response> lift(Call& call) {
  TRY(const auto rejection, space::load_rejection(call.transaction(), call.argument("rejection")));
  TRY_VOID(
      fleet::lift_rejection(call.transaction(), call.now(), call.actor(), ip_space_rules(call.services), rejection));
  return Response::no_content();
}

}  // namespace

void add_ip_space_routes(RouteTable& table) {
  using identity::Scope;
  table.add({"GET", "/nodes/{node}/ip-space", Needs::kViewer, Scope::kRead, Mode::kRead, show});
  table.add(
      {"POST", "/organisations/{organisation}/ip-space/check", Needs::kOperator, Scope::kWrite, Mode::kRead, check});
  table.add({"GET", "/reviews", Needs::kAdmin, Scope::kAdmin, Mode::kRead, list_reviews});
  table.add({"GET", "/reviews/{review}", Needs::kAdmin, Scope::kAdmin, Mode::kRead, show_review});
  table.add({"POST", "/reviews/{review}/decision", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, decide});
  table.add({"GET", "/rejections", Needs::kAdmin, Scope::kAdmin, Mode::kRead, list_rejections});
  table.add({"GET", "/rejections/{rejection}", Needs::kAdmin, Scope::kAdmin, Mode::kRead, show_rejection});
  table.add({"DELETE", "/rejections/{rejection}", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, lift});
}

}  // namespace larder::endpoints
