#include "apply/plan_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/json_at.h"
#include "terminal/printable.h"
#include "terminal/wording.h"

namespace larder::apply {
namespace {

namespace json = boost::json;
using terminal::Cell;
using terminal::Tone;

constexpr std::size_t kColumns = 100;    // as wide as a list of blocks is written
constexpr std::size_t kMostItems = 200;  // of a list that are written

char sign_of(Action action) {
  switch (action) {
    case Action::kCreate: return '+';
    case Action::kChange: return '~';
    case Action::kDelete: return '-';
  }
  return ' ';
}

Tone tone_of(Action action) {
  switch (action) {
    case Action::kCreate: return Tone::kGood;
    case Action::kChange: return Tone::kWaiting;
    case Action::kDelete: return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string value_text(const json::value& value) { return value.is_null() ? "none" : json::serialize(value); }

// A block, or a drive as "/srv/larder/1 500 GiB".
std::string item_text(const json::value& item) {
  if (!item.is_object()) return text_at(item, "");
  return fmt::format("{} {} GiB", text_at(item, "/path"), terminal::grouped(number_at(item, "/size_gib")));
}

// The first kMostItems of them.
std::string items_text(const json::array& items) {
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kMostItems); ++i) {
    text += (text.empty() ? "" : ", ") + item_text(items[i]);
  }
  return text;
}

// "and 1,100 more" of what items_text() leaves out; "" of nothing.
std::string rest_text(const json::array& items) {
  if (items.size() <= kMostItems) return "";
  return fmt::format("and {} more", terminal::grouped(static_cast<std::int64_t>(items.size() - kMostItems)));
}

void add_line(terminal::Table& table, std::string text, Tone tone = Tone::kPlain) {
  table.add({Cell(std::move(text), tone)});
}

void add_items(terminal::Table& table, char sign, const json::array& items, Tone tone) {
  if (items.empty()) return;
  for (const std::string& line : terminal::wrap(items_text(items), kColumns)) {
    add_line(table, fmt::format("      {} {}", sign, line), tone);
  }
  if (const std::string rest = rest_text(items); !rest.empty()) {
    add_line(table, fmt::format("      {} {} (--json lists all)", sign, rest), tone);
  }
}

void add_change(terminal::Table& table, const Change& change, Action action) {
  if (change.is_list) {
    add_line(table, fmt::format("    {}:", change.field));
    add_items(table, '+', change.added, Tone::kGood);
    add_items(table, '-', change.removed, Tone::kBad);
  } else if (action == Action::kCreate) {
    if (!change.to.is_null()) add_line(table, fmt::format("    {}: {}", change.field, value_text(change.to)));
  } else {
    add_line(table, fmt::format("    {}: {} -> {}", change.field, value_text(change.from), value_text(change.to)));
  }
}

std::string change_text(const Change& change) {
  if (!change.is_list) {
    return fmt::format("{}: {} -> {}", change.field, value_text(change.from), value_text(change.to));
  }
  std::string text = change.field + ":";
  for (const auto& [sign, items] : {std::pair('+', &change.added), std::pair('-', &change.removed)}) {
    if (!items->empty()) text += fmt::format(" {} {} {}", sign, items_text(*items), rest_text(*items));
    while (text.ends_with(' ')) text.pop_back();
  }
  return text;
}

json::object change_json(const Change& change) {
  if (change.is_list) return {{"field", change.field}, {"added", change.added}, {"removed", change.removed}};
  return {{"field", change.field}, {"from", change.from}, {"to", change.to}};
}

}  // namespace

std::string headline(const Step& step) {
  std::string text = fmt::format("{} {}", sign_of(step.action), step.target());
  if (step.gives_back) text += ", first: so that others can have what it gives back";
  if (step.action == Action::kDelete && step.is_node) text += ", with its keys, for good";
  return text;
}

terminal::Table plan_table(const std::vector<Step>& steps) {
  terminal::Table table(std::vector{terminal::Fit::kWhole});
  for (const Step& step : steps) {
    add_line(table, headline(step), tone_of(step.action));
    for (const Change& change : step.changes) add_change(table, change, step.action);
  }
  return table;
}

terminal::Table left_alone_table(const Plan& plan) {
  terminal::Table table(std::vector{terminal::Fit::kWhole});
  if (plan.left_alone.empty()) return table;
  std::string text;
  for (const std::string& target : plan.left_alone) text += (text.empty() ? "" : ", ") + target;
  add_line(table, "Not in the file and left alone; --prune would delete:");
  for (const std::string& line : terminal::wrap(text, kColumns)) add_line(table, "    " + line);
  return table;
}

std::string summary(const Plan& plan) {
  return fmt::format("Plan: {} to create, {} to change, {} to delete.", plan.count(Action::kCreate),
                     plan.count(Action::kChange), plan.count(Action::kDelete));
}

std::string sentence(const Step& step) {
  std::string text = fmt::format("{} {}", to_string(step.action), step.target());
  if (step.action != Action::kChange) return text;
  for (const Change& change : step.changes) {
    text += (&change == step.changes.data() ? ": " : "; ") + change_text(change);
  }
  return text;
}

json::object to_json(const Step& step) {
  json::array changes;
  for (const Change& change : step.changes) changes.push_back(change_json(change));
  json::object object = {
      {"action", to_string(step.action)}, {"kind", step.is_node ? "node" : "resource"}, {"resource", step.resource}};
  if (step.is_node) object["node"] = step.node;
  if (step.gives_back) object["gives_back"] = true;
  object["changes"] = std::move(changes);
  return object;
}

}  // namespace larder::apply
