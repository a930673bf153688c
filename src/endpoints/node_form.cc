#include "endpoints/node_form.h"

#include <boost/json/value.hpp>

namespace larder::endpoints {
namespace {

using api::Form;
using fleet::NodeSettings;
using ledger::FieldProblems;

constexpr ledger::TextRule kListText = {.most = 4 << 20, .shape = ledger::TextShape::kTyped};

/// A text that may be empty: null and "" both say that there is none.
void take_text(Form& form, std::string_view name, ledger::TextRule rule, std::optional<std::string>& field) {
  if (!form.has(name)) return;
  field = form.text(name, rule);
  if (field && field->empty()) field.reset();
}

void take_intent(Form& form, FieldProblems& problems, fleet::Intent& intent) {
  const auto* object = form.object("intent");
  if (object == nullptr) return;
  Form inner(*object, problems, form.pointer("intent"));
  const std::string state = inner.demanded_word("state", {"enabled", "disabled", "draining"});
  intent.state = fleet::intent_state(state);
  intent.until = inner.time("until");
  inner.refuse_unknown();
}

void take_drives(Form& form, FieldProblems& problems, std::vector<fleet::NodeDrive>& drives) {
  const auto* list = form.array("drives", 100);
  if (list == nullptr) return;
  drives.clear();
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string pointer = fmt::format("{}/{}", form.pointer("drives"), i);
    const auto* object = (*list)[i].if_object();
    if (object == nullptr) {
      problems.add(pointer, "it must be an object: {\"path\": \"/srv/larder/1\", \"size_gib\": 500}");
      continue;
    }
    Form drive(*object, problems, pointer);
    fleet::NodeDrive found;
    found.path = drive.text("path", {.most = 1000}).value_or("");
    const auto size = drive.number("size_gib", 1, 1'000'000);
    if (!drive.has("size_gib")) drive.problem("size_gib", "it is missing: the size in GiB");
    found.size_gib = size.value_or(1);  // what is wrong with it is noted
    drive.refuse_unknown();
    drives.push_back(std::move(found));
  }
}

void take_update(Form& form, FieldProblems& problems, fleet::UpdateWindow& update) {
  const auto* object = form.object("update");
  if (object == nullptr) return;
  Form inner(*object, problems, form.pointer("update"));
  update.ring = inner.demanded_word("ring", {"fast", "slow"});
  update.week = inner.number("week", 1, 4);
  update.day = inner.number("day", 1, 7);
  update.time = inner.text("time", {.least = 1, .most = 5});
  inner.refuse_unknown();
}

}  // namespace

std::optional<space::CidrList> read_cidr_blocks(Form& form, std::string_view name, FieldProblems& problems) {
  if (!form.has(name)) return std::nullopt;
  const auto* value = form.value(name);
  if (value == nullptr) return space::CidrList();
  std::vector<std::string> entries;
  if (value->is_string()) {
    const std::string text = form.text(name, kListText).value_or("");
    const auto views = space::split_cidr_list(text);
    if (views.size() > space::kMostCidrEntries) {
      form.problem(name, fmt::format("{} entries at most", space::kMostCidrEntries));
      return std::nullopt;
    }
    entries.assign(views.begin(), views.end());
  } else {
    auto list = form.texts(name, space::kMostCidrEntries, {.shape = ledger::TextShape::kTyped});
    if (!list) return std::nullopt;
    entries = *std::move(list);
  }
  return space::parse_cidr_list(entries, form.pointer(name), problems);
}

void read_node_form(Form& form, FieldProblems& problems, fleet::NodeWish& wish) {
  NodeSettings& settings = wish.settings;
  take_text(form, "ipv4_address", {.most = 60, .shape = ledger::TextShape::kTyped}, settings.ipv4_address);
  take_text(form, "ipv6_address", {.most = 60, .shape = ledger::TextShape::kTyped}, settings.ipv6_address);
  take_text(form, "fqdn", {.most = 254}, settings.fqdn);
  wish.blocks = read_cidr_blocks(form, "cidr_blocks", problems);
  settings.share_blocks = form.flag("share_blocks").value_or(settings.share_blocks);
  take_intent(form, problems, settings.intent);
  if (form.has("max_egress_mbps")) settings.max_egress_mbps = form.number("max_egress_mbps", 1, 10'000'000);
  take_drives(form, problems, settings.drives);
  take_text(form, "proxy_url", {.most = 300}, settings.proxy_url);
  take_update(form, problems, settings.update);
  if (const auto* labels = form.object("labels")) settings.labels = *labels;
  if (form.has("notes"))
    settings.notes = form.text("notes", {.most = 4000, .shape = ledger::TextShape::kLines}).value_or("");
}

}  // namespace larder::endpoints
