#include "origin/origin_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/check.h"
#include "origin/authority.h"
#include "origin/path_pattern.h"
#include "origin/shipped_rules.h"

namespace larder::origin {
namespace {

constexpr auto kLeastTimeout = std::chrono::milliseconds(100);
constexpr auto kMostTimeout = std::chrono::minutes(5);
constexpr std::int64_t kMostConnections = 10'000;
constexpr std::int64_t kMostPort = 65'535;
constexpr std::size_t kMostPatterns = 64;  // of one key of a rule

// RuleReader: reads [[origin.rule]] tables, and what only shows when they are seen together.
class RuleReader {
 public:
  std::vector<ContentRule> read(ConfigTable& origin) {
    std::vector<ContentRule> rules;
    for (ConfigTable& table : origin.tables("rule")) rules.push_back(read_rule(table));
    return rules;
  }
  bool found_problems() const { return found_problems_; }

 private:
  ContentRule read_rule(ConfigTable& table) {
    ContentRule rule;
    rule.name = table.text("name", "");
    read_name(table, rule);
    read_hosts(table, rule);
    read_networks(table, rule);
    if (rule.hosts.empty() && rule.allowed_networks.empty()) {
      note(table, "hosts", "is missing; it should list host names, such as [\"*.example.com\"]");
    }
    rule.shared_name = table.flag("shared_name", rule.shared_name);
    rule.query_in_key = table.flag("query_in_key", rule.query_in_key);
    rule.honour_no_store = table.flag("honour_no_store", rule.honour_no_store);
    rule.immutable = read_immutable(table);
    rule.changing = read_patterns(table, "changing", "path patterns, such as [\"*/index.json\"]");
    rule.fresh = table.duration("fresh");
    rule.scheme = read_scheme(table);
    if (table.has("port")) rule.port = static_cast<std::uint16_t>(table.number("port", 80, 1, kMostPort));
    table.refuse_unknown_keys();
    return rule;
  }

  void read_name(ConfigTable& table, const ContentRule& rule) {
    if (rule.name.empty()) {
      note(table, "name", "is missing; it should be a name of your own, such as \"games\"");
    } else if (!names_.insert(rule.name).second) {
      note(table, "name", fmt::format("another rule has the name \"{}\" too", rule.name));
    }
  }

  void read_hosts(ConfigTable& table, ContentRule& rule) {
    for (const std::string& host : table.texts("hosts")) {
      const auto pattern = parse_host_pattern(host);
      if (!pattern) {
        note(table, "hosts", pattern.error().text);
        continue;
      }
      const auto [place, added] = owners_.emplace(std::pair(pattern->below, pattern->host), rule.name);
      if (!added && place->second != rule.name) {
        note(table, "hosts", fmt::format("the rule \"{}\" names \"{}\" already", place->second, host));
        continue;
      }
      rule.hosts.push_back(host);
    }
  }

  void read_networks(ConfigTable& table, ContentRule& rule) {
    for (const std::string& text : table.texts("allowed_networks")) {
      if (const auto prefix = net::parse_prefix(text)) {
        rule.allowed_networks.push_back(*prefix);
      } else {
        note(table, "allowed_networks", prefix.error().text);
      }
    }
  }

  /// `true` is every path, `false` none.
  std::vector<PathPattern> read_immutable(ConfigTable& table) {
    if (!table.is_flag("immutable")) {
      return read_patterns(table, "immutable", "true, or path patterns, such as [\"/files/*\"]");
    }
    if (!table.flag("immutable", false)) return {};
    return {*parse_path_pattern("*")};
  }

  std::vector<PathPattern> read_patterns(ConfigTable& table, std::string_view key, std::string_view right) {
    const std::vector<std::string> texts = table.texts(key, {}, right);
    if (texts.size() > kMostPatterns) {
      note(table, key, fmt::format("{} path patterns are too many; it may list {}", texts.size(), kMostPatterns));
      return {};
    }
    std::vector<PathPattern> patterns;
    for (const std::string& text : texts) {
      if (auto pattern = parse_path_pattern(text)) {
        patterns.push_back(*std::move(pattern));
      } else {
        note(table, key, pattern.error().text);
      }
    }
    return patterns;
  }

  UpstreamScheme read_scheme(ConfigTable& table) {
    const std::string scheme = table.text("scheme", "as-client");
    if (scheme == "http") return UpstreamScheme::kHttp;
    if (scheme == "https") return UpstreamScheme::kHttps;
    if (scheme != "as-client") {
      note(table, "scheme", fmt::format("\"{}\" should be \"as-client\", \"http\" or \"https\"", scheme));
    }
    return UpstreamScheme::kAsClient;
  }

  void note(ConfigTable& table, std::string_view key, std::string text) {
    found_problems_ = true;
    table.problem(key, std::move(text));
  }

  std::set<std::string> names_;
  std::map<std::pair<bool, std::string>, std::string> owners_;
  bool found_problems_ = false;
};

std::vector<ContentRule> read_shipped(ConfigTable& origin) {
  std::vector<ContentRule> rules;
  std::set<std::string> taken;
  for (const std::string& name : origin.texts("rules", {"microsoft"})) {
    auto set = shipped_rules(name);
    if (!set) {
      origin.problem("rules", fmt::format("there is no set of rules called \"{}\"; there is: {}", name,
                                          fmt::join(shipped_rule_names(), ", ")));
    } else if (taken.insert(name).second) {
      std::ranges::move(*set, std::back_inserter(rules));
    }
  }
  return rules;
}

std::vector<ResolveOverride> read_overrides(ConfigTable& origin) {
  std::vector<ResolveOverride> overrides;
  for (const auto& [host, endpoint] : origin.map("resolve")) {
    if (auto parsed = parse_resolve_override(host, endpoint)) {
      overrides.push_back(*std::move(parsed));
    } else {
      origin.problem("resolve", parsed.error().text);
    }
  }
  return overrides;
}

void read_timeout(ConfigTable& origin, std::string_view key, std::chrono::milliseconds& timeout) {
  const auto value = origin.duration(key);
  if (!value) return;
  if (*value < kLeastTimeout || *value > kMostTimeout) {
    origin.problem(key, "should be from \"100ms\" to \"5m\"");
  } else {
    timeout = *value;
  }
}

}  // namespace

OriginConfig read_origin_config(ConfigTable origin) {
  OriginConfig config;
  auto shipped = read_shipped(origin);
  RuleReader reader;
  auto own = reader.read(origin);
  if (reader.found_problems()) own.clear();
  auto rules = RuleSet::build(std::move(shipped), std::move(own));
  CHECK(rules.has_value(), "rules that were checked do not make a set");
  config.rules = *std::move(rules);

  config.resolve = read_overrides(origin);
  read_timeout(origin, "connect_timeout", config.connect_timeout);
  read_timeout(origin, "first_byte_timeout", config.first_byte_timeout);
  read_timeout(origin, "stall_timeout", config.stall_timeout);
  config.connections_per_origin = static_cast<std::size_t>(origin.number(
      "connections_per_origin", static_cast<std::int64_t>(config.connections_per_origin), 1, kMostConnections));
  config.ca_file = origin.text("ca_file", "");
  origin.refuse_unknown_keys();
  return config;
}

ConnectionPool::Options OriginConfig::pool_options(std::size_t loop_count) const {
  ConnectionPool::Options options;
  options.connections_per_origin =
      std::max<std::size_t>(1, connections_per_origin / std::max<std::size_t>(1, loop_count));
  return options;
}

OriginClient::Options OriginConfig::client_options(std::string node_id, std::string version) const {
  OriginClient::Options options;
  options.node_id = std::move(node_id);
  options.version = std::move(version);
  options.connection_timeout = 2 * connect_timeout;  // a lookup, addresses, TLS
  options.patience.first_byte = first_byte_timeout;
  options.patience.stall = stall_timeout;
  return options;
}

}  // namespace larder::origin
