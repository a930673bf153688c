#include "cli/fleet_reader.h"

#include <set>
#include <string>
#include <utility>

#include "core/json_at.h"

namespace larder::cli {
namespace {

Result<> read_version(Portal& portal, apply::PresentResource& resource) {
  TRY(const Reply reply, portal.get(path_of("/resources", resource.id)));
  resource.name = text_at(reply.body, "/name");
  resource.notes = text_at(reply.body, "/notes");
  resource.etag = reply.etag;
  return {};
}

Result<> read_version(Portal& portal, apply::PresentNode& node) {
  TRY(const Reply reply, portal.get(path_of("/nodes", node.id)));
  if (reply.body.is_object()) node.settings = apply::settings_of(reply.body.get_object());
  node.etag = reply.etag;
  return {};
}

Result<> read_versions(Portal& portal, const apply::Plan& plan, apply::Present& present) {
  std::set<std::string> touched;
  for (const apply::Step& step : plan.steps) touched.insert(step.id);
  for (apply::PresentResource& resource : present.resources) {
    if (touched.contains(resource.id)) {
      TRY_VOID(read_version(portal, resource));
    }
    for (apply::PresentNode& node : resource.nodes) {
      if (touched.contains(node.id)) {
        TRY_VOID(read_version(portal, node));
      }
    }
  }
  return {};
}

}  // namespace

Result<apply::Present> read_present(Context& context, const Found& organisation) {
  TRY(Portal & portal, context.portal());
  TRY(const auto resources, portal.list("/resources", {{"organisation", organisation.id}}));
  TRY(const auto nodes, portal.list("/nodes", {{"organisation", organisation.id}}));
  return apply::make_present(organisation.name, resources, nodes);
}

Result<Proposal> propose(Context& context, const Found& organisation, const apply::Fleet& fleet, bool prune) {
  TRY(Portal & portal, context.portal());
  Proposal proposal;
  TRY(proposal.present, read_present(context, organisation));
  proposal.plan = apply::make_plan(fleet, proposal.present, prune);
  if (!proposal.plan.mistakes.empty() || proposal.plan.steps.empty()) return proposal;
  TRY_VOID(read_versions(portal, proposal.plan, proposal.present));
  proposal.plan = apply::make_plan(fleet, proposal.present, prune);
  return proposal;
}

}  // namespace larder::cli
