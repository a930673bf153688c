#include "cli/node_view.h"

#include <array>

#include "cli/block_view.h"
#include "cli/list_view.h"
#include "cli/version_tag.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

using terminal::grouped;

constexpr std::array<std::string_view, 8> kDays = {"",         "Monday", "Tuesday",  "Wednesday",
                                                   "Thursday", "Friday", "Saturday", "Sunday"};

std::string address_text(const boost::json::value& node) {
  const std::string ipv4 = text_at(node, "/ipv4_address");
  return ipv4.empty() ? text_at(node, "/ipv6_address") : ipv4;
}

std::string update_text(const boost::json::value& node) {
  std::string text = text_at(node, "/update/ring");
  if (const auto week = number_at(node, "/update/week"); week > 0) text += fmt::format(", week {}", week);
  if (const auto day = number_at(node, "/update/day"); day >= 1 && day <= 7) {
    text += fmt::format(", {}", kDays.at(static_cast<std::size_t>(day)));
  }
  if (const std::string time = text_at(node, "/update/time"); !time.empty()) text += ", " + time + " UTC";
  return text;
}

std::string egress_text(const boost::json::value& node) {
  const auto mbps = number_at(node, "/max_egress_mbps");
  return mbps == 0 ? "" : grouped(mbps) + " Mbit/s";
}

void add_list(Record& record, const std::string& name, const boost::json::array& items, const std::string& pointer) {
  bool first = true;
  for (const auto& item : items) {
    record.add(first ? name : " ", text_at(item, pointer));
    first = false;
  }
}

// How much of an IP space gets clients.
std::string routed_text(const boost::json::value& space) {
  const std::string routed = amount_text(space, "routed_");
  if (routed == amount_text(space)) return "all routed";
  return routed == "none" ? "none of it routed yet" : "routed of it: " + routed;
}

void add_ip_space(Record& record, const boost::json::value& node) {
  const auto* space = find_at(node, "/ip_space");
  if (space == nullptr) return;
  Cell state = state_cell(text_at(*space, "/state"));
  if (state.text != "not_configured") {
    state.text += fmt::format(": {}, {}", amount_text(*space), routed_text(*space));
  }
  record.add("IP space", state);
  record.add("Feedback", text_at(*space, "/feedback"));
}

/// To administrators: who else says that a server of theirs has its address.
void add_conflicts(Record& record, const boost::json::value& node) {
  bool first = true;
  for (const auto& conflict : list_at(node, "/address_conflicts")) {
    record.add(first ? "In conflict" : " ",
               fmt::format("{} is also said to be that of {} of {}", text_at(conflict, "/address"),
                           text_at(conflict, "/node/name"), text_at(conflict, "/organisation/name")));
    first = false;
  }
}

Record record_of(const boost::json::value& node) {
  Record record;
  record.add("Node", text_at(node, "/name"));
  record.add("Id", text_at(node, "/id"));
  record.add("Organisation", text_at(node, "/organisation/name"));
  record.add("Resource", text_at(node, "/resource/name"));
  record.add("Customer id", text_at(node, "/customer_id"));
  record.add("Intent", Cell(intent_text(node), state_cell(text_at(node, "/intent/effective")).tone));
  Cell configuration = state_cell(text_at(node, "/configuration/state"));
  if (const std::string missing = missing_text(node); !missing.empty()) configuration.text += ": give it " + missing;
  record.add("Configuration", configuration);
  add_ip_space(record, node);
  record.add("IPv4 address", text_at(node, "/ipv4_address"));
  record.add("IPv6 address", text_at(node, "/ipv6_address"));
  add_conflicts(record, node);
  record.add("FQDN", text_at(node, "/fqdn"));
  record.add("Shares blocks", flag_at(node, "/share_blocks") ? "yes" : "");
  record.add("Most egress", egress_text(node));
  bool first = true;
  for (const auto& drive : list_at(node, "/drives")) {
    record.add(first ? "Drives" : " ",
               fmt::format("{} {} GiB", text_at(drive, "/path"), grouped(number_at(drive, "/size_gib"))));
    first = false;
  }
  record.add("Proxy", text_at(node, "/proxy_url"));
  record.add("Updates", update_text(node));
  record.add("Labels", text_at(node, "/labels"));
  record.add("Notes", text_at(node, "/notes"));
  record.add("Created", short_time(text_at(node, "/created_at")));
  record.add("Changed", short_time(text_at(node, "/updated_at")));
  return record;
}

// Its blocks with the state of each; none if it has none, or if they cannot be had: then there are their names.
boost::json::array blocks_of(Context& context, const boost::json::value& node) {
  if (list_at(node, "/cidr_blocks").empty()) return {};
  const auto portal = context.portal();
  if (!portal) return {};
  const auto space = portal->get().get(path_of("/nodes", text_at(node, "/id"), "/ip-space"));
  return space ? list_at(space->body, "/blocks") : boost::json::array();
}

}  // namespace

std::string intent_text(const boost::json::value& node) {
  const std::string now = text_at(node, "/intent/effective");
  const std::string until = short_time(text_at(node, "/intent/until"));
  if (until.empty()) return now;
  if (now == text_at(node, "/intent/state")) return fmt::format("{} until {} UTC", now, until);
  return fmt::format("{} since its drain ended on {} UTC", now, until);
}

std::string amount_text(const boost::json::value& counts, const std::string& prefix) {
  const auto addresses = number_at(counts, "/" + prefix + "ipv4_addresses");
  const auto networks = number_at(counts, "/" + prefix + "ipv6_networks");
  std::string text;
  if (addresses > 0) text = fmt::format("{} IPv4 address{}", grouped(addresses), addresses == 1 ? "" : "es");
  if (networks > 0) {
    text +=
        fmt::format("{}{} IPv6 /56 network{}", text.empty() ? "" : ", ", grouped(networks), networks == 1 ? "" : "s");
  }
  return text.empty() ? "none" : text;
}

std::string missing_text(const boost::json::value& node) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kOptions = {
      {{"/ipv4_address", "--ipv4"},
       {"/ipv6_address", "--ipv6"},
       {"/fqdn", "--fqdn"},
       {"/cidr_blocks", "--cidr"},
       {"/drives", "--drive"},
       {"/max_egress_mbps", "--max-egress"},
       {"/proxy_url", "--proxy"},
       {"/update", "--update-ring"}}};
  std::string text;
  for (const auto& item : list_at(node, "/configuration/missing")) {
    std::string name = text_at(item, "");
    for (const auto& [pointer, option] : kOptions) {
      if (pointer == name) name = option;
    }
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

void show_nodes(Context& context, const boost::json::array& nodes) {
  show_list(context, nodes,
            {text_column("NAME", "/name", Fit::kCut),
             {"ADDRESS", "", [](const boost::json::value& node) -> Cell { return address_text(node); }},
             state_column("INTENT", "/intent/effective"),
             state_column("CONFIGURATION", "/configuration/state"),
             state_column("IP SPACE", "/ip_space/state"),
             text_column("ORGANISATION", "/organisation/name", Fit::kSpare),
             text_column("RESOURCE", "/resource/name", Fit::kSpare),
             number_column("IPV4", "/ip_space/ipv4_addresses", Fit::kSpare),
             number_column("IPV6 /56", "/ip_space/ipv6_networks", Fit::kSpare)},
            "There is no such node that you can see.");
}

void show_node(Context& context, const boost::json::value& node, const std::string& etag) {
  if (context.globals().json) return context.print_json(with_version(node, etag));
  const boost::json::array blocks = blocks_of(context, node);
  Record record = record_of(node);
  if (blocks.empty()) add_list(record, "Blocks", list_at(node, "/cidr_blocks"), "");
  record.add("Version", version_of(etag));
  context.print(record.table());
  if (blocks.empty()) return;
  context.print_line("");
  context.print(block_table(blocks));
}

}  // namespace larder::cli
