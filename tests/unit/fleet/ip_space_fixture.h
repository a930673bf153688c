// IpSpaceTest: organisations with nodes whose blocks are approved, reviewed and rejected.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/ip_decisions.h"
#include "fleet/node_store.h"
#include "fleet/nodes.h"
#include "space/ip_reviews.h"
#include "space/ip_space.h"
#include "tenancy/organisations.h"
#include "tenancy/resources.h"
#include "unit/identity/identity_test.h"

namespace larder::fleet {

class IpSpaceTest : public identity::IdentityTest {
 protected:
  static net::Prefix prefix(std::string_view text) { return *net::parse_prefix(text); }

  static std::vector<net::Prefix> prefixes(const std::vector<std::string>& texts) {
    std::vector<net::Prefix> all;
    for (const std::string& text : texts) all.push_back(prefix(text));
    return all;
  }

  /// "approved", or the state and the codes of the reasons: "in_review too_many".
  static std::string text_of(const space::IpBlock& block) {
    std::string text(to_string(block.state));
    for (const space::Reason& reason : block.reasons) text += " " + reason.code;
    return text;
  }

  tenancy::Resource add_resource(const std::string& organisation, ledger::OrganisationKind kind) {
    return *write([&](database::Transaction& transaction) -> ledger::Result<tenancy::Resource> {
      TRY(const auto made, tenancy::create_organisation(transaction, now(), actor, {organisation, kind, {}, {}}));
      return tenancy::create_resource(transaction, now(), actor, made.ref, "default", "");
    });
  }

  ledger::Result<Node> try_add(const tenancy::Resource& resource, const std::string& name,
                               const std::vector<std::string>& blocks, bool share = false) {
    return write([&](database::Transaction& transaction) {
      ledger::FieldProblems problems;
      NodeWish wish;
      wish.settings.share_blocks = share;
      wish.blocks = prefixes(blocks);
      return create_node(transaction, now(), actor, rules, resource, name, wish, problems);
    });
  }
  Node add(const tenancy::Resource& resource, const std::string& name, const std::vector<std::string>& blocks,
           bool share = false) {
    auto node = try_add(resource, name, blocks, share);
    CHECK(node.has_value(), "the node is right");
    return *std::move(node);
  }
  Node edit(const Node& node, const std::vector<std::string>& blocks) {
    return *write([&](database::Transaction& transaction) {
      ledger::FieldProblems problems;
      NodeWish wish;
      wish.settings = node.settings;
      wish.blocks = prefixes(blocks);
      return edit_node(transaction, now(), actor, rules, node, wish, problems);
    });
  }
  Node load(const std::string& id) {
    return *read([&](database::Transaction& transaction) { return load_node(transaction, id); });
  }
  std::vector<std::string> states(const Node& node) {
    std::vector<std::string> all;
    const auto space =
        read([&](database::Transaction& transaction) { return space::load_ip_space(transaction, node.ref.id); });
    for (const space::IpBlock& block : space->blocks) all.push_back(text_of(block));
    return all;
  }
  std::optional<std::string> review_of(const Node& node) {
    return *read([&](database::Transaction& transaction) { return space::open_review(transaction, node.ref.id); });
  }
  ledger::Result<> decide(const std::string& review, ReviewDecision decision) {
    return write([&](database::Transaction& transaction) -> ledger::Result<> {
      TRY(const auto found, space::load_review(transaction, review));
      return decide_review(transaction, now(), actor, rules, found, decision);
    });
  }
  /// "2.20.0.0/15 with 2.20.0.0/17 of Other ISP"
  std::vector<std::string> overlaps_of(const std::string& review) {
    const auto found =
        read([&](database::Transaction& transaction) { return space::load_review(transaction, review); });
    std::vector<std::string> all;
    for (const space::Overlap& overlap : found->overlaps) {
      all.push_back(fmt::format("{} with {} of {}", to_string(overlap.wanted), to_string(overlap.other),
                                overlap.organisation.name));
    }
    return all;
  }
  void approve(const Node& node) { CHECK(decide(*review_of(node), {}).has_value(), "a review is open"); }
  void reject(const Node& node, const std::string& feedback = "not yours") {
    CHECK(decide(*review_of(node), {ReviewDecision::Kind::kReject, {}, feedback}).has_value(), "a review is open");
  }
  void remove(const Node& node) {
    CHECK(write([&](database::Transaction& transaction) {
            return delete_node(transaction, now(), actor, rules, node, node.ref.name);
          }).has_value(),
          "the node is there");
  }

  using States = std::vector<std::string>;
  ledger::Actor actor;
  space::IpSpaceConfig ip_space_config;
  space::IpSpaceRules rules{ip_space_config, false};
  tenancy::Resource isp = add_resource("Example ISP", ledger::OrganisationKind::kIsp);
  tenancy::Resource other = add_resource("Other ISP", ledger::OrganisationKind::kIsp);
  tenancy::Resource school = add_resource("School", ledger::OrganisationKind::kEnterprise);
};

}  // namespace larder::fleet
