// RuleSet: the content rules of a node, and which of them an origin falls under.
//
// An operator's own rules beat shipped ones; then an exact name beats a pattern, and a longer pattern a shorter one.
//
// Threads    immutable: any thread. SIGHUP puts another set in its place; a shared_ptr keeps the old one alive
//            for the requests and fills that began with it.
// Cost       match(): two hash lookups for each label of the host, no allocation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "origin/content_rule.h"

namespace larder::origin {

class RuleSet {
 public:
  /// Errors: kInvalid for a pattern that is none, two own rules with one name or one host pattern.
  static Result<std::shared_ptr<const RuleSet>> build(std::vector<ContentRule> shipped, std::vector<ContentRule> own);

  /// The rule for a host as parse_authority() gives it; null if no rule names it. An address falls under the rule
  /// with the narrowest of the allowed networks that contain it. Valid as long as this object.
  const ContentRule* match(std::string_view host) const;

  const std::vector<ContentRule>& rules() const { return rules_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using HostMap = std::unordered_map<std::string, const ContentRule*, TextHash, std::equal_to<>>;

  struct Layer {
    HostMap exact;
    HostMap below;  // of "*.example.com": "example.com"
    const ContentRule* match(std::string_view host) const;
  };
  struct Network {
    net::Prefix prefix;
    const ContentRule* rule = nullptr;
  };

  RuleSet() = default;
  static Result<> add_hosts(Layer& layer, const ContentRule& rule);
  const ContentRule* match_address(const net::IpAddress& address) const;

  std::vector<ContentRule> rules_;  // own rules first
  Layer own_;
  Layer shipped_;
  std::vector<Network> networks_;  // narrowest first
};

}  // namespace larder::origin
