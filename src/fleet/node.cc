#include "fleet/node.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "ledger/time.h"

namespace larder::fleet {
namespace {

using ledger::time_to_string;

template <class T>
boost::json::value or_null(const std::optional<T>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

boost::json::object intent_json(const Intent& intent, std::int64_t now_ms) {
  return {{"state", to_string(intent.state)},
          {"until", intent.until ? boost::json::value(time_to_string(*intent.until)) : boost::json::value(nullptr)},
          {"effective", to_string(intent.effective(now_ms))}};
}

boost::json::array drives_json(const std::vector<NodeDrive>& drives) {
  boost::json::array list;
  for (const NodeDrive& drive : drives) {
    list.push_back(boost::json::object{{"path", drive.path}, {"size_gib", drive.size_gib}});
  }
  return list;
}

boost::json::object ip_space_json(const IpSpaceSummary& summary) {
  return {{"state", summary.state},
          {"ipv4_addresses", summary.requested.ipv4_addresses},
          {"ipv6_networks", summary.requested.ipv6_networks},
          {"routed_ipv4_addresses", summary.routed.ipv4_addresses},
          {"routed_ipv6_networks", summary.routed.ipv6_networks},
          {"feedback", or_null(summary.feedback)}};
}

/// What a node lacks before clients can be sent to it.
boost::json::object configuration_json(const Node& node) {
  boost::json::array missing;
  if (!node.settings.ipv4_address && !node.settings.ipv6_address) missing.emplace_back("/ipv4_address");
  if (node.cidr_blocks.empty()) missing.emplace_back("/cidr_blocks");
  if (node.settings.drives.empty()) missing.emplace_back("/drives");
  const std::string_view state = missing.empty() ? "configured" : "not_configured";
  return {{"state", state}, {"missing", std::move(missing)}};
}

}  // namespace

std::string_view to_string(IntentState state) {
  switch (state) {
    case IntentState::kEnabled: return "enabled";
    case IntentState::kDisabled: return "disabled";
    case IntentState::kDraining: return "draining";
  }
  return "";
}

IntentState intent_state(std::string_view text) {
  if (text == "draining") return IntentState::kDraining;
  return text == "disabled" ? IntentState::kDisabled : IntentState::kEnabled;
}

IntentState Intent::effective(std::int64_t now_ms) const {
  return state == IntentState::kDraining && until && *until <= now_ms ? IntentState::kDisabled : state;
}

boost::json::object to_json(const Node& node, std::int64_t now_ms) {
  const NodeSettings& settings = node.settings;
  boost::json::array blocks;
  for (const std::string& block : node.cidr_blocks) blocks.emplace_back(block);
  const boost::json::object update{{"ring", settings.update.ring},
                                   {"week", or_null(settings.update.week)},
                                   {"day", or_null(settings.update.day)},
                                   {"time", or_null(settings.update.time)}};
  return {{"id", node.ref.id},
          {"customer_id", node.organisation.id},
          {"organisation", to_json(node.organisation)},
          {"resource", to_json(node.resource)},
          {"name", node.ref.name},
          {"ipv4_address", or_null(settings.ipv4_address)},
          {"ipv6_address", or_null(settings.ipv6_address)},
          {"fqdn", or_null(settings.fqdn)},
          {"cidr_blocks", std::move(blocks)},
          {"share_blocks", settings.share_blocks},
          {"intent", intent_json(settings.intent, now_ms)},
          {"max_egress_mbps", or_null(settings.max_egress_mbps)},
          {"drives", drives_json(settings.drives)},
          {"proxy_url", or_null(settings.proxy_url)},
          {"update", update},
          {"labels", settings.labels},
          {"notes", settings.notes},
          {"ip_space", ip_space_json(node.ip_space)},
          {"configuration", configuration_json(node)},
          {"health", nullptr},
          {"created_at", time_to_string(node.created_at)},
          {"updated_at", time_to_string(node.updated_at)}};
}

}  // namespace larder::fleet
