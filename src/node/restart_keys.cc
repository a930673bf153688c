#include "node/restart_keys.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/config_reader.h"

namespace larder::node {
namespace {

using Keys = std::map<std::string, std::string>;

// What Node::reload() takes over, and what is read again with it.
constexpr std::string_view kReloaded[] = {"origin.rule",
                                          "origin.rules",
                                          "origin.resolve",
                                          "limits.egress",
                                          "limits.connections",
                                          "limits.shutdown",
                                          "limits.drain",
                                          "limits.connections_per_client",
                                          "limits.requests_per_client",
                                          "limits.new_objects_per_client",
                                          "limits.least_send_rate",
                                          "limits.unlimited_clients"};

bool is_reloaded(std::string_view key) {
  return std::ranges::any_of(kReloaded, [&](std::string_view reloaded) {
    if (!key.starts_with(reloaded)) return false;
    return key.size() == reloaded.size() || key[reloaded.size()] == '.' || key[reloaded.size()] == '[';
  });
}

void add(const toml::node& node, const std::string& path, Keys& keys) {
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      add(value, path.empty() ? name : fmt::format("{}.{}", path, name), keys);
    }
    return;
  }
  const auto* array = node.as_array();
  if (array != nullptr && array->is_array_of_tables()) {
    for (std::size_t i = 0; i < array->size(); ++i) add(*array->get(i), fmt::format("{}[{}]", path, i), keys);
    return;
  }
  std::ostringstream text;
  node.visit([&](const auto& value) {
    if constexpr (!toml::is_table<decltype(value)>) text << value;
  });
  keys[path] = std::move(text).str();
}

Keys keys_of(std::string_view text) {
  Keys keys;
  if (const auto table = parse_toml(text, "")) add(*table, "", keys);
  return keys;
}

}  // namespace

std::vector<std::string> keys_for_restart(std::string_view running, std::string_view read_again) {
  const Keys before = keys_of(running);
  Keys different;
  for (const auto& [key, value] : keys_of(read_again)) {
    const auto old = before.find(key);
    if (old == before.end() || old->second != value) different[key] = value;
  }
  const Keys now = keys_of(read_again);
  for (const auto& [key, value] : before) {
    if (!now.contains(key)) different[key] = value;
  }
  std::vector<std::string> keys;
  for (const auto& [key, value] : different) {
    if (!is_reloaded(key)) keys.push_back(key);
  }
  return keys;
}

}  // namespace larder::node
