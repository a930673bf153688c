#include "origin/rule_set.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "origin/authority.h"

namespace larder::origin {
namespace {

/// Canonical host names never consist of these alone: parse_authority() refuses them.
bool is_address_text(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

Result<std::shared_ptr<const RuleSet>> RuleSet::build(std::vector<ContentRule> shipped, std::vector<ContentRule> own) {
  std::set<std::string, std::less<>> own_names;
  for (const ContentRule& rule : own) {
    if (!own_names.insert(rule.name).second) {
      return fail(Errc::kInvalid, "two content rules have the name \"{}\"", rule.name);
    }
  }
  std::erase_if(shipped, [&](const ContentRule& rule) { return own_names.contains(rule.name); });

  const std::shared_ptr<RuleSet> set(new RuleSet);
  const std::size_t own_count = own.size();
  set->rules_ = std::move(own);
  std::ranges::move(shipped, std::back_inserter(set->rules_));
  for (std::size_t i = 0; i < set->rules_.size(); ++i) {
    const ContentRule& rule = set->rules_[i];
    TRY_VOID(add_hosts(i < own_count ? set->own_ : set->shipped_, rule));
    for (const net::Prefix& prefix : rule.allowed_networks) set->networks_.push_back({prefix, &rule});
  }
  std::ranges::sort(set->networks_, [](const Network& a, const Network& b) {
    const auto bits = [](const net::Prefix& prefix) { return prefix.length() + (prefix.is_v4() ? 96 : 0); };
    return bits(a.prefix) != bits(b.prefix) ? bits(a.prefix) > bits(b.prefix) : a.rule < b.rule;
  });
  return std::shared_ptr<const RuleSet>(set);
}

Result<> RuleSet::add_hosts(Layer& layer, const ContentRule& rule) {
  for (const std::string& host : rule.hosts) {
    TRY(HostPattern pattern, parse_host_pattern(host));
    HostMap& map = pattern.below ? layer.below : layer.exact;
    const auto [place, added] = map.emplace(std::move(pattern.host), &rule);
    if (!added && place->second != &rule) {
      return fail(Errc::kInvalid, "the content rules \"{}\" and \"{}\" both name \"{}\"", place->second->name,
                  rule.name, host);
    }
  }
  return {};
}

const ContentRule* RuleSet::Layer::match(std::string_view host) const {
  if (const auto found = exact.find(host); found != exact.end()) return found->second;
  if (below.empty()) return nullptr;
  for (;;) {
    if (const auto found = below.find(host); found != below.end()) return found->second;
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos) return nullptr;
    host.remove_prefix(dot + 1);
  }
}

const ContentRule* RuleSet::match(std::string_view host) const {
  if (is_address_text(host)) {
    const auto address = net::parse_address(host);
    return address ? match_address(*address) : nullptr;
  }
  if (const ContentRule* rule = own_.match(host)) return rule;
  return shipped_.match(host);
}

const ContentRule* RuleSet::match_address(const net::IpAddress& address) const {
  for (const Network& network : networks_) {
    if (network.prefix.contains(address)) return network.rule;
  }
  return nullptr;
}

}  // namespace larder::origin
