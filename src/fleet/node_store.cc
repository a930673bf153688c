#include "fleet/node_store.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "ledger/text.h"
#include "ledger/time.h"
#include "space/block_place.h"

namespace larder::fleet {
namespace {

using database::Row;
using database::Transaction;
using database::Value;
using ledger::json_list;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::to_ms;

constexpr std::string_view kColumns =
    "n.id, n.name, o.id, o.name, o.kind, r.id, r.name, n.ipv4_address, n.ipv6_address, n.fqdn, n.share_blocks,"
    " n.intent, n.draining_until, n.max_egress_mbps, n.drives_json, n.proxy_url, n.ring, n.update_week, n.update_day,"
    " n.update_time, n.labels_json, n.notes, n.ip_space_state, n.ipv4_addresses, n.ipv6_networks,"
    " n.routed_ipv4_addresses, n.routed_ipv6_networks, n.ip_space_feedback, n.version, n.created_at, n.updated_at";
constexpr std::size_t kColumnCount = 31;
constexpr std::string_view kTables =
    "node n JOIN organisation o ON o.id = n.organisation_id JOIN resource r ON r.id = n.resource_id";

std::vector<NodeDrive> parsed_drives(std::string_view text) {
  std::vector<NodeDrive> drives;
  const auto list = boost::json::parse(text);
  for (const auto& drive : list.as_array()) {
    drives.push_back({std::string(drive.at("path").as_string()), drive.at("size_gib").as_int64()});
  }
  return drives;
}

std::string drives_text(const std::vector<NodeDrive>& drives) {
  boost::json::array list;
  for (const NodeDrive& drive : drives) {
    list.push_back(boost::json::object{{"path", drive.path}, {"size_gib", drive.size_gib}});
  }
  return boost::json::serialize(list);
}

NodeSettings settings_of(const Row& row) {
  return {.ipv4_address = row.optional_text(7),
          .ipv6_address = row.optional_text(8),
          .fqdn = row.optional_text(9),
          .share_blocks = row.flag(10),
          .intent = {intent_state(row.text(11)), row.optional_number(12)},
          .max_egress_mbps = row.optional_number(13),
          .drives = parsed_drives(row.text(14)),
          .proxy_url = row.optional_text(15),
          .update = {row.text(16), row.optional_number(17), row.optional_number(18), row.optional_text(19)},
          .labels = boost::json::parse(row.text(20)).as_object(),
          .notes = row.text(21)};
}

Node from_row(const Row& row) {
  Node node;
  node.ref = {row.text(0), row.text(1)};
  node.organisation = {row.text(2), row.text(3), ledger::organisation_kind(row.text(4))};
  node.resource = {row.text(5), row.text(6)};
  node.settings = settings_of(row);
  node.ip_space = {
      row.text(22), {row.number(23), row.number(24)}, {row.number(25), row.number(26)}, row.optional_text(27)};
  node.version = row.number(28);
  node.created_at = row.number(29);
  node.updated_at = row.number(30);
  return node;
}

// Conditions: a WHERE clause and its values.
class Conditions {
 public:
  /// `condition` has "{}" where the value stands.
  void add(std::string_view condition, Value value) {
    values.push_back(std::move(value));
    text += " AND ";
    text += fmt::format(fmt::runtime(condition), fmt::format("${}", values.size()));
  }

  std::string text = "1 = 1";
  std::vector<Value> values;
};

Conditions conditions_of(Transaction& transaction, const NodeFilter& filter) {
  Conditions conditions;
  if (filter.organisations) {
    conditions.values.emplace_back(json_list(*filter.organisations));
    conditions.text +=
        fmt::format(" AND n.organisation_id IN (SELECT value FROM {} AS visible)", transaction.list("$1"));
  }
  if (filter.ids) {
    conditions.values.emplace_back(json_list(*filter.ids));
    conditions.text += fmt::format(" AND n.id IN (SELECT value FROM {} AS wanted)",
                                   transaction.list(fmt::format("${}", conditions.values.size())));
  }
  if (filter.organisation) conditions.add("n.organisation_id = {}", *filter.organisation);
  if (filter.resource) conditions.add("n.resource_id = {}", *filter.resource);
  if (filter.intent) conditions.add("n.intent = {}", *filter.intent);
  if (filter.ip_space) conditions.add("n.ip_space_state = {}", *filter.ip_space);
  if (filter.ring) conditions.add("n.ring = {}", *filter.ring);
  if (filter.text) {
    conditions.add(
        "(n.name_key || ' ' || COALESCE(n.fqdn, '') || ' ' || COALESCE(n.ipv4_address, '') || ' ' ||"
        " COALESCE(n.ipv6_address, '')) LIKE {} ESCAPE '\\'",
        ledger::like_pattern(ledger::to_lower(*filter.text)));
  }
  for (const LabelFilter& label : filter.labels) {
    conditions.add("n.id IN (SELECT node_id FROM node_label WHERE name = {}", label.name);
    if (label.value) conditions.add("value = {}", *label.value);
    conditions.text += ")";
  }
  return conditions;
}

/// What nodes are found by, beside what is shown.
Result<> save_labels(Transaction& transaction, const Node& node) {
  TRY_VOID(transaction.run("DELETE FROM node_label WHERE node_id = $1", {node.ref.id}));
  for (const auto& label : node.settings.labels) {
    TRY_VOID(
        transaction.run("INSERT INTO node_label (node_id, name, value) VALUES ($1, $2, $3)",
                        {node.ref.id, std::string_view(label.key()), std::string_view(label.value().as_string())}));
  }
  return {};
}

std::vector<Value> values_of(const Node& node) {
  const NodeSettings& settings = node.settings;
  return {node.ref.id,
          settings.ipv4_address,
          settings.ipv6_address,
          settings.fqdn,
          settings.share_blocks,
          to_string(settings.intent.state),
          settings.intent.until,
          settings.max_egress_mbps,
          settings.proxy_url,
          settings.update.ring,
          settings.update.week,
          settings.update.day,
          settings.update.time,
          boost::json::serialize(settings.labels),
          drives_text(settings.drives),
          settings.notes,
          node.version,
          node.updated_at};
}

}  // namespace

Result<> load_blocks(Transaction& transaction, std::span<Listed<Node>> nodes) {
  std::vector<std::string> ids;
  std::map<std::string, Node*> by_id;
  for (auto& listed : nodes) {
    ids.push_back(listed.item.ref.id);
    by_id.emplace(listed.item.ref.id, &listed.item);
  }
  TRY(const auto rows, transaction.run(fmt::format("SELECT b.node_id, b.place FROM {} AS w CROSS JOIN ip_block b"
                                                   " WHERE b.node_id = w.value ORDER BY b.node_id, b.position",
                                                   transaction.list("$1")),
                                       {json_list(ids)}));
  for (const Row& row : rows) by_id[row.text(0)]->cidr_blocks.push_back(to_string(space::prefix_at(row.text(1))));
  return {};
}

Result<Node> load_node(Transaction& transaction, std::string_view id) {
  TRY(const auto rows, transaction.run(fmt::format("SELECT {} FROM {} WHERE n.id = $1", kColumns, kTables), {id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no such cache node");
  std::vector<Listed<Node>> one = {{from_row(rows[0]), nullptr}};
  TRY_VOID(load_blocks(transaction, one));
  return std::move(one[0].item);
}

Result<std::vector<Listed<Node>>> list_nodes(Transaction& transaction, const NodeFilter& filter,
                                             const PageQuery& page) {
  Conditions conditions = conditions_of(transaction, filter);
  conditions.text += page.where("n.id", conditions.values);
  TRY(const auto rows, transaction.run(fmt::format("SELECT {}, {} FROM {} WHERE {}{}", kColumns, page.key(), kTables,
                                                   conditions.text, page.order("n.id")),
                                       conditions.values));
  std::vector<Listed<Node>> list;
  for (const Row& row : rows) list.push_back({from_row(row), row.value(kColumnCount)});
  return list;
}

Result<> insert_node(Transaction& transaction, const Node& node) {
  std::vector<Value> values = values_of(node);
  for (const std::string& text :
       {node.organisation.id, node.resource.id, node.ref.name, ledger::to_lower(node.ref.name)}) {
    values.emplace_back(text);
  }
  TRY_VOID(transaction.run(
      "INSERT INTO node (id, ipv4_address, ipv6_address, fqdn, share_blocks, intent, draining_until, max_egress_mbps,"
      " proxy_url, ring, update_week, update_day, update_time, labels_json, drives_json, notes, version, updated_at,"
      " created_at, organisation_id, resource_id, name, name_key, ip_space_state, ipv4_addresses, ipv6_networks,"
      " routed_ipv4_addresses, routed_ipv6_networks) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
      " $14, $15, $16, $17, $18, $18, $19, $20, $21, $22, 'not_configured', 0, 0, 0, 0)",
      values));
  return save_labels(transaction, node);
}

Result<> update_node(Transaction& transaction, const Node& node) {
  TRY_VOID(transaction.run(
      "UPDATE node SET ipv4_address = $2, ipv6_address = $3, fqdn = $4, share_blocks = $5, intent = $6,"
      " draining_until = $7, max_egress_mbps = $8, proxy_url = $9, ring = $10, update_week = $11, update_day = $12,"
      " update_time = $13, labels_json = $14, drives_json = $15, notes = $16, version = $17, updated_at = $18"
      " WHERE id = $1",
      values_of(node)));
  return save_labels(transaction, node);
}

Result<> make_next_version(Transaction& transaction, WallTime now, std::string_view node_id) {
  TRY_VOID(transaction.run("UPDATE node SET version = version + 1, updated_at = $2 WHERE id = $1",
                           {Value(node_id), Value(to_ms(now))}));
  return {};
}

}  // namespace larder::fleet
