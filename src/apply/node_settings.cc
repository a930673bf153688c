#include "apply/node_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <filesystem>
#include <set>
#include <utility>

#include "command_line/quantity.h"
#include "core/json_pointer.h"
#include "core/shown.h"
#include "net/address.h"

namespace larder::apply {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownBytes = 80;
constexpr std::int64_t kMostMbps = 10'000'000;
constexpr std::int64_t kMostGib = 1'000'000;

// Reads the settings of one node, one after the other.
class SettingsReader {
 public:
  SettingsReader(Form& form, Places& places, Mistakes& mistakes) : form_(form), places_(places), mistakes_(mistakes) {}

  json::object read() {
    address("ipv4_address", true);
    address("ipv6_address", false);
    fqdn();
    blocks();
    if (const auto shared = form_.flag("share_blocks")) set("share_blocks", *shared);
    intent();
    egress();
    drives();
    text_or_null("proxy_url");
    update();
    labels();
    notes();
    return std::move(settings_);
  }

 private:
  void set(std::string_view name, json::value value) {
    if (const YamlValue* found = form_.find(name)) note("/" + std::string(name), *found, form_.key(name));
    settings_[name] = std::move(value);
  }
  void note(std::string pointer, const YamlValue& value, std::string key) {
    places_.insert_or_assign(std::move(pointer), Place{value.line, std::move(key)});
  }

  // A text; "" and null both take it away.
  std::optional<std::string> text_or_null(std::string_view name) {
    if (form_.is_null(name)) {
      set(name, nullptr);
      return std::nullopt;
    }
    auto text = form_.text(name);
    if (!text) return std::nullopt;
    set(name, text->empty() ? json::value(nullptr) : json::value(*text));
    return text->empty() ? std::nullopt : text;
  }

  void address(std::string_view name, bool is_v4) {
    const auto text = text_or_null(name);
    if (!text) return;
    const auto address = net::parse_address(*text);
    if (address && address->is_v4() == is_v4) {
      settings_[name] = net::to_string(*address);
    } else {
      form_.wrong(*form_.find(name), name,
                  fmt::format("\"{}\" is not an IPv{} address such as {}", shown(*text, kShownBytes), is_v4 ? 4 : 6,
                              is_v4 ? "192.0.2.10" : "2001:db8::10"));
    }
  }

  void fqdn() {
    auto name = text_or_null("fqdn");
    if (!name) return;
    std::ranges::transform(*name, name->begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name->size() > 1 && name->ends_with('.') && !name->ends_with("..")) name->pop_back();
    settings_["fqdn"] = *name;
  }

  void blocks() {
    const YamlValue* list = form_.list("cidr_blocks");
    if (list == nullptr) return;
    json::array blocks;
    std::set<std::string> known;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const YamlValue& item = *list->items[i];
      const std::string key = fmt::format("{}[{}]", form_.key("cidr_blocks"), i);
      const std::string* text = text_of(item, key, mistakes_);
      if (text == nullptr) continue;
      const auto prefix = net::parse_prefix(*text);
      if (!prefix) {
        mistakes_.add(item.line, key, prefix.error().text);
        continue;
      }
      std::string block = net::to_string(*prefix);
      if (!known.insert(block).second) mistakes_.add(item.line, key, fmt::format("{} is listed twice", block));
      note(fmt::format("/cidr_blocks/{}", blocks.size()), item, key);
      blocks.emplace_back(block);
    }
    set("cidr_blocks", std::move(blocks));
  }

  void intent() {
    const YamlValue* map = form_.map("intent");
    if (map == nullptr) return;
    Form inner(*map, form_.key("intent"), mistakes_);
    const auto state = inner.word("state", {"enabled", "disabled", "draining"});
    if (inner.find("state") == nullptr) inner.missing("state", "enabled, disabled or draining");
    json::value until;
    if (!inner.is_null("until")) {
      if (const auto text = inner.text("until")) {
        const auto time = command_line::parse_time(*text);
        if (!time) inner.wrong(*inner.find("until"), "until", time.error().text);
        if (time) until = *time;
      }
    }
    if (!until.is_null() && state && *state != "draining") {
      inner.wrong(*inner.find("until"), "until", "only a node that drains has an end of that");
    }
    inner.refuse_unknown();
    set("intent", {{"state", state.value_or("")}, {"until", std::move(until)}});
  }

  void egress() {
    if (form_.is_null("max_egress_mbps")) return set("max_egress_mbps", nullptr);
    if (const auto mbps = form_.number("max_egress_mbps", 1, kMostMbps)) set("max_egress_mbps", *mbps);
  }

  void drives() {
    const YamlValue* list = form_.list("drives");
    if (list == nullptr) return;
    json::array drives;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const YamlValue& item = *list->items[i];
      const std::string key = fmt::format("{}[{}]", form_.key("drives"), i);
      Form drive(item, key, mistakes_);
      const std::string path = drive.demanded_text("path");
      const auto size = drive.number("size_gib", 1, kMostGib);
      if (drive.find("size_gib") == nullptr) drive.missing("size_gib", "the size in GiB, such as 500");
      drive.refuse_unknown();
      note(fmt::format("/drives/{}", i), item, key);
      drives.push_back({{"path", plain_path(path)}, {"size_gib", size.value_or(0)}});
    }
    set("drives", std::move(drives));
  }

  // As the portal writes it: "//srv//larder/1/" is /srv/larder/1.
  static std::string plain_path(const std::string& path) {
    const std::size_t first = path.find_first_not_of('/');
    if (!path.starts_with('/') || first == std::string::npos) return path;
    std::filesystem::path plain = std::filesystem::path(path.substr(first - 1)).lexically_normal();
    if (!plain.has_filename()) plain = plain.parent_path();
    return plain.string();
  }

  static json::value optional_number(Form& form, std::string_view name, std::int64_t most) {
    if (form.is_null(name)) return nullptr;
    const auto number = form.number(name, 1, most);
    return number ? json::value(*number) : json::value(nullptr);
  }

  void update() {
    const YamlValue* map = form_.map("update");
    if (map == nullptr) return;
    Form inner(*map, form_.key("update"), mistakes_);
    const auto ring = inner.word("ring", {"fast", "slow"});
    if (inner.find("ring") == nullptr) inner.missing("ring", "fast or slow");
    json::object window = {{"ring", ring.value_or("")},
                           {"week", optional_number(inner, "week", 4)},
                           {"day", optional_number(inner, "day", 7)},
                           {"time", nullptr}};
    if (!inner.is_null("time")) {
      if (const auto time = inner.text("time")) window["time"] = *time;
    }
    check_window(inner, ring.value_or(""));
    inner.refuse_unknown();
    set("update", std::move(window));
  }

  static void check_window(Form& window, std::string_view ring) {
    const std::array<std::pair<std::string_view, std::string_view>, 3> parts = {
        {{"week", "a week of the month, 1 to 4"},
         {"day", "a day, 1 (Monday) to 7"},
         {"time", "a time in UTC, \"03:00\""}}};
    for (const auto& [name, example] : parts) {
      const YamlValue* value = window.find(name);
      const bool is_there = value != nullptr && value->kind != YamlKind::kNull;
      if (ring == "slow" && !is_there) window.missing(name, fmt::format("the slow ring needs {}", example));
      if (ring == "fast" && is_there) window.wrong(*value, name, "it is of the slow ring: leave it out");
    }
  }

  void labels() {
    const YamlValue* map = form_.map("labels");
    if (map == nullptr) return;
    json::object labels;
    for (const YamlValue::Member& member : map->members) {
      const std::string key = fmt::format("{}.{}", form_.key("labels"), shown(member.name, kShownBytes));
      if (const std::string* text = text_of(*member.value, key, mistakes_))
        labels[member.name] = std::string_view(*text);
      note("/labels/" + pointer_step(member.name), *member.value, key);
    }
    set("labels", std::move(labels));
  }

  void notes() {
    if (form_.is_null("notes")) return set("notes", "");
    if (const auto text = form_.text("notes")) set("notes", json::value(*text));
  }

  Form& form_;
  Places& places_;
  Mistakes& mistakes_;
  json::object settings_;
};

}  // namespace

json::object read_node_settings(Form& form, Places& places, Mistakes& mistakes) {
  return SettingsReader(form, places, mistakes).read();
}

json::object settings_of(const json::object& node) {
  json::object settings;
  for (const std::string_view name : kNodeSettings) {
    const json::value* value = node.if_contains(name);
    if (value != nullptr) settings[name] = *value;
  }
  if (json::value* intent = settings.if_contains("intent"); intent != nullptr && intent->is_object()) {
    intent->get_object().erase("effective");
    json::value* until = intent->get_object().if_contains("until");
    if (until != nullptr && until->is_string()) {
      if (const auto time = command_line::parse_time(until->get_string())) *until = *time;
    }
  }
  return settings;
}

}  // namespace larder::apply
