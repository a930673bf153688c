#include "apply/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "apply/claims.h"
#include "core/json_at.h"

namespace larder::apply {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> kAddresses = {"ipv4_address", "ipv6_address"};

template <class T>
std::map<std::string, const T*> by_name(const std::vector<T>& list) {
  std::map<std::string, const T*> found;
  for (const T& item : list) found.emplace(name_key(item.name), &item);
  return found;
}

json::object with_name(const std::string& name, json::object settings) {
  settings["name"] = name;
  return settings;
}

class PlanMaker {
 public:
  explicit PlanMaker(bool prune) : prune_(prune) {}

  Plan make(const Fleet& wanted, const Present& present) {
    auto left = by_name(present.resources);
    for (const WantedResource& resource : wanted.resources) {
      const auto found = left.find(name_key(resource.name));
      compare(resource, found == left.end() ? nullptr : found->second);
      if (found != left.end()) left.erase(found);
    }
    for (const PresentResource& resource : present.resources) {
      if (left.contains(name_key(resource.name))) drop(resource);
    }
    give_back_first();
    put_together();
    return std::move(plan_);
  }

 private:
  // A node that is created or changed: the step, and what it had.
  struct NodeStep {
    Step step;
    json::object before;

    json::value in_the_end() const {
      json::object settings = before;
      for (const auto& member : step.body) settings[member.key()] = member.value();
      return settings;
    }
  };

  static Step resource_step(Action action, const std::string& name, const PresentResource* present) {
    Step step;
    step.action = action;
    step.resource = name;
    if (present != nullptr) step.id = step.resource_id = present->id;
    if (present != nullptr) step.etag = present->etag;
    return step;
  }

  static Step node_step(Action action, const std::string& resource, const std::string& resource_id,
                        const std::string& name, const PresentNode* present) {
    Step step;
    step.action = action;
    step.is_node = true;
    step.resource = resource;
    step.resource_id = resource_id;
    step.node = name;
    if (present != nullptr) step.id = present->id;
    if (present != nullptr) step.etag = present->etag;
    return step;
  }

  void compare(const WantedResource& wanted, const PresentResource* present) {
    Step step = resource_step(present == nullptr ? Action::kCreate : Action::kChange, wanted.name, present);
    json::object before;
    if (present != nullptr) before = {{"name", present->name}, {"notes", present->notes}};
    step.body = {{"name", wanted.name}};
    if (wanted.notes) step.body["notes"] = *wanted.notes;
    step.changes = differences(before, step.body);
    step.places = {{"/name", wanted.place}, {"/notes", wanted.notes_place}};
    if (present == nullptr) std::erase_if(step.changes, [](const Change& change) { return change.field == "name"; });
    if (present == nullptr || !step.changes.empty()) resources_.push_back(std::move(step));
    if (!wanted.nodes) return;
    auto left = present == nullptr ? std::map<std::string, const PresentNode*>() : by_name(present->nodes);
    for (const WantedNode& node : *wanted.nodes) {
      const auto found = left.find(name_key(node.name));
      compare(wanted, present, node, found == left.end() ? nullptr : found->second);
      if (found != left.end()) left.erase(found);
    }
    if (present == nullptr) return;
    for (const PresentNode& node : present->nodes) {
      if (left.contains(name_key(node.name))) drop(*present, node);
    }
  }

  void compare(const WantedResource& resource, const PresentResource* present_resource, const WantedNode& wanted,
               const PresentNode* present) {
    if (present != nullptr && present->name != wanted.name) {
      plan_.mistakes.add(
          wanted.place.line, wanted.place.key,
          fmt::format("the portal has this node as {0}, and a node's name never changes: write {0}", present->name));
      return;
    }
    Step step = node_step(present == nullptr ? Action::kCreate : Action::kChange, resource.name,
                          present_resource == nullptr ? "" : present_resource->id, wanted.name, present);
    const json::object before = present == nullptr ? json::object() : present->settings;
    step.changes = differences(before, wanted.settings);
    if (present != nullptr && step.changes.empty()) return;
    step.places = wanted.places;
    step.places["/name"] = wanted.place;
    if (present == nullptr) {
      step.body = with_name(wanted.name, wanted.settings);
    } else {
      step.body = changed_members(step.changes, wanted.settings);
    }
    nodes_.push_back({std::move(step), before});
  }

  // Members that are wanted as they are already need not be sent.
  static json::object changed_members(const std::vector<Change>& changes, const json::object& wanted) {
    json::object body;
    for (const Change& change : changes) {
      const std::string member = change.field.substr(0, change.field.find('.'));
      body[member] = wanted.at(member);
    }
    return body;
  }

  void drop(const PresentResource& resource) {
    for (const PresentNode& node : resource.nodes) drop(resource, node);
    Step step = resource_step(Action::kDelete, resource.name, &resource);
    step.body = {{"name", resource.name}};
    if (prune_) {
      dropped_resources_.push_back(std::move(step));
    } else {
      plan_.left_alone.push_back(step.target());
    }
  }

  void drop(const PresentResource& resource, const PresentNode& node) {
    Step step = node_step(Action::kDelete, resource.name, resource.id, node.name, &node);
    step.body = {{"name", node.name}};
    if (!prune_) return plan_.left_alone.push_back(step.target());
    Change blocks;
    blocks.field = "cidr_blocks";
    blocks.is_list = true;
    blocks.removed = list_at(node.settings, "/cidr_blocks");
    if (!blocks.removed.empty()) step.changes.push_back(std::move(blocks));
    dropped_nodes_.push_back(std::move(step));
  }

  // What they have in the end: a block that a node has had all along may have to be its own from now on.
  Claims claims() const {
    Claims claims;
    for (std::size_t owner = 0; owner < nodes_.size(); ++owner) {
      const json::value settings = nodes_[owner].in_the_end();
      for (const json::value& block : list_at(settings, "/cidr_blocks")) claims.add_block(text_at(block, ""), owner);
      for (const std::string_view name : kAddresses) {
        const std::string address = text_at(settings, "/" + std::string(name));
        if (!address.empty()) claims.add_address(address, owner);
      }
    }
    return claims;
  }

  void give_back_first() {
    const Claims wanted = claims();
    for (std::size_t owner = 0; owner < nodes_.size(); ++owner) {
      NodeStep& node = nodes_[owner];
      const json::object after = without_wanted(node, wanted, owner);
      if (after.empty()) continue;
      Step step = node_step(Action::kChange, node.step.resource, node.step.resource_id, node.step.node, nullptr);
      step.id = node.step.id;
      step.etag = node.step.etag;
      step.gives_back = true;
      step.changes = differences(node.before, after);
      step.body = after;
      give_backs_.push_back(std::move(step));
      for (const auto& member : after) node.before[member.key()] = member.value();
      node.step.changes = differences(node.before, node.step.body);
      node.step.body = changed_members(node.step.changes, json::object(node.step.body));
    }
    std::erase_if(
        nodes_, [](const NodeStep& node) { return node.step.action == Action::kChange && node.step.changes.empty(); });
  }

  // What of its members has to change so that it has nothing that others are to get; empty: nothing.
  static json::object without_wanted(const NodeStep& node, const Claims& wanted, std::size_t owner) {
    json::object after;
    for (const Change& change : node.step.changes) {
      if (change.field == "cidr_blocks") {
        json::array lost;
        for (const json::value& block : change.removed) {
          if (wanted.others_want_block(text_at(block, ""), owner)) lost.push_back(block);
        }
        if (!lost.empty()) after["cidr_blocks"] = without(node.before.at("cidr_blocks").get_array(), lost);
      } else if (std::ranges::find(kAddresses, change.field) != kAddresses.end() && change.from.is_string() &&
                 wanted.others_want_address(text_at(change.from, ""), owner)) {
        after[change.field] = nullptr;
      }
    }
    return after;
  }

  void put_together() {
    const auto add = [&](std::vector<Step>& steps) { std::ranges::move(steps, std::back_inserter(plan_.steps)); };
    add(dropped_nodes_);
    add(give_backs_);
    add(resources_);
    for (NodeStep& node : nodes_) plan_.steps.push_back(std::move(node.step));
    add(dropped_resources_);
  }

  bool prune_;
  Plan plan_;
  std::vector<Step> dropped_nodes_;
  std::vector<Step> give_backs_;
  std::vector<Step> resources_;
  std::vector<NodeStep> nodes_;
  std::vector<Step> dropped_resources_;
};

bool is_same_step(const Step& left, const Step& right) {
  return left.action == right.action && left.target() == right.target() && left.id == right.id &&
         left.changes == right.changes && left.body == right.body;
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kCreate: return "create";
    case Action::kChange: return "change";
    case Action::kDelete: return "delete";
  }
  return "";
}

std::string Step::target() const {
  return is_node ? fmt::format("node {}/{}", resource, node) : fmt::format("resource {}", resource);
}

std::size_t Plan::count(Action action) const {
  return static_cast<std::size_t>(std::ranges::count(steps, action, &Step::action));
}

Plan make_plan(const Fleet& wanted, const Present& present, bool prune) {
  return PlanMaker(prune).make(wanted, present);
}

std::vector<Step> changes_between(const Present& then, const Present& now) {
  return make_plan(described(now), then, true).steps;
}

bool still_holds(const Plan& plan, const Plan& again, const std::vector<Step>& changes) {
  if (!std::ranges::equal(plan.steps, again.steps, is_same_step)) return false;
  std::set<std::string> targets;
  for (const Step& step : plan.steps) targets.insert(step.target());
  return std::ranges::none_of(changes, [&](const Step& change) { return targets.contains(change.target()); });
}

}  // namespace larder::apply
