#include "cli/node_fields.h"

#include <algorithm>
#include <charconv>

#include "cli/block_list.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr std::string_view kNone = "none";

std::unexpected<Failure> wrong(std::string_view option, const Error& error) {
  return give_up(ExitCode::kUsage, "{}: {}", option, error.text);
}

void set_text(RequestBody& body, std::string_view name, const std::optional<std::string>& value,
              std::string_view option) {
  if (!value) return;
  body.set(name, *value == kNone ? boost::json::value() : boost::json::value(*value), std::string(option));
}

Result<> set_max_egress(RequestBody& body, const NodeFields& fields) {
  if (!fields.max_egress) return {};
  boost::json::value limit;
  if (*fields.max_egress != kNone) {
    const auto mbps = command_line::parse_mbps(*fields.max_egress);
    if (!mbps) return wrong("--max-egress", mbps.error());
    limit = *mbps;
  }
  body.set("max_egress_mbps", std::move(limit), "--max-egress");
  return {};
}

Result<> set_drives(RequestBody& body, const NodeFields& fields) {
  if (fields.drives.empty()) return {};
  boost::json::array drives;
  for (const std::string& text : fields.drives) {
    if (text == kNone) continue;
    const auto drive = command_line::parse_drive(text);
    if (!drive) return wrong("--drive", drive.error());
    body.note(fmt::format("/drives/{}", drives.size()), "--drive " + text);
    drives.push_back({{"path", drive->path}, {"size_gib", drive->size_gib}});
  }
  body.set("drives", std::move(drives), "--drive");
  return {};
}

Result<> set_labels(RequestBody& body, const NodeFields& fields, const boost::json::value& current) {
  if (fields.labels.empty() && fields.removed_labels.empty()) return {};
  boost::json::object labels;
  if (const auto* known = find_at(current, "/labels"); known != nullptr && known->is_object()) {
    labels = known->get_object();
  }
  for (const std::string& key : fields.removed_labels) labels.erase(key);
  for (const std::string& text : fields.labels) {
    const auto label = command_line::parse_label(text);
    if (!label) return wrong("--label", label.error());
    labels[label->first] = label->second;
  }
  body.set("labels", std::move(labels), "--label");
  return {};
}

Result<boost::json::value> week_of(const std::string& text) {
  if (text == kNone) return boost::json::value();
  std::int64_t week = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), week);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return give_up(ExitCode::kUsage, "--update-week: \"{}\" is not a week of the month: 1 to 4, or none", text);
  }
  return boost::json::value(week);
}

Result<boost::json::value> day_of(const std::string& text) {
  if (text == kNone) return boost::json::value();
  const auto day = command_line::parse_weekday(text);
  if (!day) return wrong("--update-day", day.error());
  return boost::json::value(*day);
}

// The update window is one member: what is not named keeps its value.
Result<> set_update(RequestBody& body, const NodeFields& fields, const boost::json::value& current) {
  if (!fields.ring && !fields.week && !fields.day && !fields.time) return {};
  boost::json::object update;
  if (const auto* known = find_at(current, "/update"); known != nullptr && known->is_object()) {
    update = known->get_object();
  } else {
    update["ring"] = "slow";
  }
  if (fields.ring) update["ring"] = *fields.ring;
  if (fields.week) {
    TRY(update["week"], week_of(*fields.week));
  }
  if (fields.day) {
    TRY(update["day"], day_of(*fields.day));
  }
  if (fields.time) update["time"] = *fields.time == kNone ? boost::json::value() : boost::json::value(*fields.time);
  body.set("update", std::move(update), "the update window");
  body.note("/update/ring", "--update-ring").note("/update/week", "--update-week");
  body.note("/update/day", "--update-day").note("/update/time", "--update-time");
  return {};
}

// The blocks that the node has now, without those that are taken away and with those that are added.
Result<std::vector<CidrBlock>> changed_blocks(const NodeFields& fields, const boost::json::value& current) {
  std::vector<CidrBlock> blocks;
  for (const auto& prefix : list_at(current, "/cidr_blocks")) {
    blocks.push_back({text_at(prefix, ""), "its block"});
  }
  for (const std::string& list : fields.removed_blocks) {
    for (const command_line::ListedPart& part : command_line::split_list(list)) {
      if (std::erase_if(blocks, [&](const CidrBlock& block) { return block.prefix == part.text; }) == 0) {
        return give_up(ExitCode::kUsage, "--remove-cidr {}: the node has no such block", part.text);
      }
    }
  }
  for (const std::string& list : fields.added_blocks) {
    for (const command_line::ListedPart& part : command_line::split_list(list)) {
      const bool known = std::ranges::any_of(blocks, [&](const CidrBlock& block) { return block.prefix == part.text; });
      if (!known) blocks.push_back({part.text, "--add-cidr"});
    }
  }
  return fields.cidr.aggregate ? aggregated(blocks) : blocks;
}

Result<> set_all_blocks(Context& context, RequestBody& body, const NodeFields& fields,
                        const boost::json::value& current) {
  const bool changes = !fields.added_blocks.empty() || !fields.removed_blocks.empty();
  if (fields.cidr.given() && changes) {
    return give_up(ExitCode::kUsage,
                   "--cidr says what all blocks are: it does not go with --add-cidr or --remove-cidr.");
  }
  if (!fields.cidr.given() && !changes) return {};
  TRY(const auto blocks, changes ? changed_blocks(fields, current) : read_blocks(context, fields.cidr));
  set_blocks(body, blocks);
  return {};
}

}  // namespace

void NodeFields::add_to(Command command) {
  command.option("--ipv4", ipv4, "ADDRESS", "IPv4 address of the server");
  command.option("--ipv6", ipv6, "ADDRESS", "IPv6 address of the server");
  command.option("--fqdn", fqdn, "NAME", "Its name in the DNS");
  cidr.add_to(command);
  command.option("--share-blocks", share_blocks, "YES|NO", "Whether its blocks overlap your own other nodes on purpose")
      .one_of({"yes", "no"});
  command.option("--max-egress", max_egress, "RATE", "Most that it sends: 10Gbps, 800Mbps, or a number of Mbit/s");
  command.option("--drive", drives, "PATH=SIZE", "Drive to cache on: /srv/larder/1=500GiB; repeatable");
  command.option("--proxy", proxy, "URL", "Proxy to the internet");
  command.option("--update-ring", ring, "RING", "fast or slow").one_of({"fast", "slow"});
  command.option("--update-week", week, "WEEK", "Week of the month: 1 to 4").such_as({"1", "2", "3", "4", "none"});
  command.option("--update-day", day, "DAY", "Day of the week: monday to sunday")
      .such_as({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "none"});
  command.option("--update-time", time, "HH:MM", "Time of the day, in UTC");
  command.option("--label", labels, "KEY=VALUE", "Label; repeatable");
  command.option("--notes", notes, "TEXT", "For yourselves");
}

void NodeFields::add_edits_to(Command command) {
  command.option("--add-cidr", added_blocks, "PREFIX", "One more address block; repeatable, or with commas");
  command.option("--remove-cidr", removed_blocks, "PREFIX", "One address block less; repeatable, or with commas");
  command.option("--remove-label", removed_labels, "KEY", "One label less; repeatable");
}

Result<RequestBody> make_node_body(Context& context, const NodeFields& fields, const boost::json::value& current) {
  RequestBody body;
  set_text(body, "ipv4_address", fields.ipv4, "--ipv4");
  set_text(body, "ipv6_address", fields.ipv6, "--ipv6");
  set_text(body, "fqdn", fields.fqdn, "--fqdn");
  set_text(body, "proxy_url", fields.proxy, "--proxy");
  if (fields.notes) body.set("notes", *fields.notes, "--notes");
  if (!fields.share_blocks.empty()) body.set("share_blocks", fields.share_blocks == "yes", "--share-blocks");
  TRY_VOID(set_all_blocks(context, body, fields, current));
  TRY_VOID(set_max_egress(body, fields));
  TRY_VOID(set_drives(body, fields));
  TRY_VOID(set_labels(body, fields, current));
  TRY_VOID(set_update(body, fields, current));
  return body;
}

}  // namespace larder::cli
