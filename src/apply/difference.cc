#include "apply/difference.h"

#include <boost/json/serialize.hpp>
#include <set>
#include <string_view>
#include <utility>

namespace larder::apply {
namespace {

namespace json = boost::json;

const json::value kNothing;

const json::value& member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found == nullptr ? kNothing : *found;
}

void add_list(std::vector<Change>& changes, std::string field, const json::value& present, const json::array& wanted) {
  Change change;
  change.field = std::move(field);
  change.is_list = true;
  const json::array none;
  const json::array& before = present.is_array() ? present.get_array() : none;
  change.added = without(wanted, before);
  change.removed = without(before, wanted);
  if (!change.added.empty() || !change.removed.empty()) changes.push_back(std::move(change));
}

void add_plain(std::vector<Change>& changes, std::string field, const json::value& from, const json::value& to) {
  if (from == to) return;
  Change change;
  change.field = std::move(field);
  change.from = from;
  change.to = to;
  changes.push_back(std::move(change));
}

void add_object(std::vector<Change>& changes, const std::string& field, const json::value& present,
                const json::object& wanted) {
  const json::object none;
  const json::object& before = present.is_object() ? present.get_object() : none;
  for (const auto& inner : wanted) {
    add_plain(changes, field + "." + std::string(inner.key()), member(before, inner.key()), inner.value());
  }
  for (const auto& inner : before) {
    if (!wanted.contains(inner.key())) {
      add_plain(changes, field + "." + std::string(inner.key()), inner.value(), kNothing);
    }
  }
}

}  // namespace

json::array without(const json::array& list, const json::array& other) {
  std::set<std::string> known;
  for (const json::value& item : other) known.insert(json::serialize(item));
  json::array left;
  for (const json::value& item : list) {
    if (!known.contains(json::serialize(item))) left.push_back(item);
  }
  return left;
}

std::vector<Change> differences(const json::object& present, const json::object& wanted) {
  std::vector<Change> changes;
  for (const auto& setting : wanted) {
    const json::value& before = member(present, setting.key());
    if (const auto* list = setting.value().if_array()) {
      add_list(changes, setting.key(), before, *list);
    } else if (const auto* object = setting.value().if_object()) {
      add_object(changes, setting.key(), before, *object);
    } else {
      add_plain(changes, setting.key(), before, setting.value());
    }
  }
  return changes;
}

}  // namespace larder::apply
