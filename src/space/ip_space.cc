#include "space/ip_space.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "ledger/time.h"
#include "space/ip_overlaps.h"
#include "space/ip_rejections.h"
#include "space/special_ranges.h"

namespace larder::space {
namespace {

using ledger::FieldProblems;
using ledger::Result;
using ledger::to_ms;

constexpr std::array<std::pair<std::string_view, BlockState>, 4> kBlockStates = {
    {{"approved", BlockState::kApproved},
     {"in_review", BlockState::kInReview},
     {"attention_required", BlockState::kAttentionRequired},
     {"rejected", BlockState::kRejected}}};

// Assessment: one request being looked at, block by block.
class Assessment {
 public:
  Assessment(const IpSpaceRules& rules, const IpSpaceRequest& request, const IpSpace& before, FieldProblems& problems)
      : rules_(rules), request_(request), problems_(problems) {
    for (const IpBlock& block : before.blocks) before_.emplace(block.prefix, &block);
  }

  /// The blocks to be judged: all that are not approved yet.
  std::vector<net::Prefix> open_blocks() const {
    std::vector<net::Prefix> open;
    for (const net::Prefix& prefix : request_.list.blocks) {
      if (!was(prefix, BlockState::kApproved)) open.push_back(prefix);
    }
    return open;
  }

  void take_overlaps(const std::vector<Overlap>& overlaps) {
    for (const Overlap& overlap : overlaps) overlaps_[overlap.wanted].push_back(&overlap);
  }
  void take_rejections(const std::vector<RejectedOverlap>& rejections) {
    for (const RejectedOverlap& rejection : rejections) rejections_[rejection.wanted].push_back(&rejection);
  }

  /// `others`: what the organisation's other nodes hold.
  IpSpace result(WallTime now, const Claims& others) {
    IpSpace space;
    const CidrList& list = request_.list;
    claims_ = others;
    for (const net::Prefix& prefix : list.blocks) {
      const std::int64_t count = std::min(count_of(prefix).total(), kMostClaimed);
      if (was(prefix, BlockState::kApproved)) claims_.approved += count;
      if (!is_decided(prefix)) claims_.pending += count;
    }
    for (std::size_t i = 0; i < list.blocks.size(); ++i) {
      space.blocks.push_back(assess(list.blocks[i], list.entries[i], to_ms(now)));
    }
    return space;
  }

 private:
  bool was(const net::Prefix& prefix, BlockState state) const {
    const auto known = before_.find(prefix);
    return known != before_.end() && known->second->state == state;
  }

  bool is_decided(const net::Prefix& prefix) const {
    return was(prefix, BlockState::kApproved) || (was(prefix, BlockState::kRejected) && is_rejected(prefix));
  }

  bool is_rejected(const net::Prefix& prefix) const {
    const auto found = rejections_.find(prefix);
    return found != rejections_.end() && std::ranges::any_of(found->second, [](const auto* one) { return one->own; });
  }

  IpBlock assess(const net::Prefix& prefix, std::size_t entry, std::int64_t now) {
    const auto known = before_.find(prefix);
    if (is_decided(prefix)) return *known->second;
    IpBlock block{.prefix = prefix, .since = known == before_.end() ? now : known->second->since};
    look_at_range(block);
    look_at_size(block);
    look_at_overlaps(block, entry);
    look_at_rejections(block);
    if (claims_.total() > rules_.limits.review_above) {
      add(block, BlockState::kInReview, "too_many",
          fmt::format("the organisation's blocks hold more than {} addresses", rules_.limits.review_above));
    }
    return block;
  }

  static void add(IpBlock& block, BlockState state, std::string code, std::string detail,
                  std::optional<ledger::Ref> node = std::nullopt) {
    block.state = std::max(block.state, state);
    block.reasons.push_back({std::move(code), std::move(detail), std::move(node)});
  }

  void look_at_range(IpBlock& block) const {
    const std::string text = to_string(block.prefix);
    const auto special = special_range(block.prefix);
    const bool private_is_fine =
        request_.organisation.kind == ledger::OrganisationKind::kEnterprise || rules_.allow_private;
    if (special && (special->kind == RangeKind::kBogon || !private_is_fine)) {
      add(block, BlockState::kAttentionRequired, "bogon",
          fmt::format("{} overlaps {} ({}): no client is seen on the Internet with such an address", text,
                      to_string(special->prefix), special->name));
    } else if (special && !is_private(block.prefix)) {
      add(block, BlockState::kAttentionRequired, "bogon",
          fmt::format("{} holds {} ({}) beside public addresses: list them apart", text, to_string(special->prefix),
                      special->name));
    } else if (!special && is_unallocated(block.prefix)) {
      add(block, BlockState::kAttentionRequired, "unallocated",
          fmt::format("{} is in space that no registry has been given", text));
    }
  }

  void look_at_size(IpBlock& block) const {
    const std::int64_t limit = rules_.limits.absurd_above;
    if (count_of(block.prefix).total() > limit) {
      add(block, BlockState::kAttentionRequired, "absurd_size",
          fmt::format("{} holds more than {} addresses", to_string(block.prefix), limit));
    } else if (claims_.pending > limit) {
      add(block, BlockState::kAttentionRequired, "absurd_size",
          fmt::format("the organisation asks for more than {} addresses that nobody has approved", limit));
    }
  }

  void look_at_rejections(IpBlock& block) const {
    const auto found = rejections_.find(block.prefix);
    if (found == rejections_.end()) return;
    for (const RejectedOverlap* rejection : found->second) {
      const std::string text = to_string(block.prefix);
      add(block, BlockState::kInReview, "overlaps_rejected",
          rejection->own ? fmt::format("{} overlaps {}, which an administrator rejected: {}", text,
                                       to_string(rejection->range), rejection->feedback)
                         : fmt::format("addresses of {} were rejected before: an administrator looks at it", text));
    }
  }

  void look_at_overlaps(IpBlock& block, std::size_t entry) {
    const auto found = overlaps_.find(block.prefix);
    if (found == overlaps_.end()) return;
    bool others = false;
    for (const Overlap* overlap : found->second) {
      const std::string text = to_string(block.prefix);
      if (overlap->organisation.id != request_.organisation.id) {
        others = true;
        continue;
      }
      const std::string detail =
          fmt::format("{} overlaps {} of your cache node {}", text, to_string(overlap->other), overlap->node.name);
      if (request_.share || request_.again) {
        add(block, BlockState::kInReview, "overlaps_own", detail, overlap->node);
      } else {
        problems_.add(fmt::format("/cidr_blocks/{}", entry),
                      fmt::format("{}; set share_blocks if both are to serve these clients", detail));
      }
    }
    if (others) {
      add(block, BlockState::kAttentionRequired, "overlaps_other",
          fmt::format("{} overlaps the IP space of another organisation", to_string(block.prefix)));
    }
  }

  const IpSpaceRules& rules_;
  const IpSpaceRequest& request_;
  FieldProblems& problems_;
  std::map<net::Prefix, const IpBlock*> before_;
  std::map<net::Prefix, std::vector<const Overlap*>> overlaps_;
  std::map<net::Prefix, std::vector<const RejectedOverlap*>> rejections_;
  Claims claims_;  // with this request
};

template <class Condition>
AddressCount count_where(const std::vector<IpBlock>& blocks, Condition condition) {
  AddressCount count;
  for (const IpBlock& block : blocks) {
    if (condition(block)) count += count_of(block.prefix);
  }
  return count;
}

}  // namespace

bool is_pending(const IpBlock& block) {
  return block.state == BlockState::kInReview || block.state == BlockState::kAttentionRequired;
}

std::string_view to_string(BlockState state) {
  for (const auto& [word, value] : kBlockStates) {
    if (value == state) return word;
  }
  return "";
}

BlockState block_state(std::string_view text) {
  for (const auto& [word, value] : kBlockStates) {
    if (word == text) return value;
  }
  return BlockState::kAttentionRequired;
}

std::string_view to_string(IpSpaceState state) {
  switch (state) {
    case IpSpaceState::kNotConfigured: return "not_configured";
    case IpSpaceState::kValid: return "valid";
    case IpSpaceState::kInReview: return "in_review";
    case IpSpaceState::kAttentionRequired: return "attention_required";
  }
  return "";
}

boost::json::object to_json(const IpBlock& block) {
  const AddressCount count = count_of(block.prefix);
  boost::json::array reasons;
  for (const Reason& reason : block.reasons) {
    boost::json::object entry{{"code", reason.code}, {"detail", reason.detail}, {"node", nullptr}};
    if (reason.node) entry["node"] = to_json(*reason.node);
    reasons.push_back(std::move(entry));
  }
  return {{"prefix", to_string(block.prefix)},
          {"state", to_string(block.state)},
          {"ipv4_addresses", count.ipv4_addresses},
          {"ipv6_networks", count.ipv6_networks},
          {"reasons", std::move(reasons)}};
}

IpSpaceState IpSpace::state() const {
  if (blocks.empty()) return IpSpaceState::kNotConfigured;
  IpSpaceState worst = IpSpaceState::kValid;
  for (const IpBlock& block : blocks) {
    if (block.state == BlockState::kInReview) worst = std::max(worst, IpSpaceState::kInReview);
    if (block.state == BlockState::kAttentionRequired || block.state == BlockState::kRejected) {
      worst = IpSpaceState::kAttentionRequired;
    }
  }
  return worst;
}

AddressCount IpSpace::requested() const { return count_of(prefixes()); }

AddressCount IpSpace::routed() const {
  return count_where(blocks, [](const IpBlock& block) { return block.state == BlockState::kApproved; });
}

AddressCount IpSpace::pending() const { return count_where(blocks, is_pending); }

std::vector<net::Prefix> IpSpace::prefixes() const {
  std::vector<net::Prefix> all;
  for (const IpBlock& block : blocks) all.push_back(block.prefix);
  return all;
}

bool IpSpace::has_pending() const { return std::ranges::any_of(blocks, is_pending); }

Result<IpSpace> assess(database::Transaction& transaction, WallTime now, const IpSpaceRules& rules,
                       const IpSpaceRequest& request, const IpSpace& before, FieldProblems& problems) {
  const std::vector<net::Prefix>& blocks = request.list.blocks;
  if (blocks.size() > rules.limits.blocks_per_node) {
    problems.add("/cidr_blocks",
                 fmt::format("{} blocks at most, these are {}", rules.limits.blocks_per_node, blocks.size()));
    return IpSpace();
  }
  Assessment assessment(rules, request, before, problems);
  const std::vector<net::Prefix> open = assessment.open_blocks();
  TRY(const auto overlaps, find_overlaps(transaction, request.organisation.id, open, request.node_id));
  const Ties ties = request.asked_only ? Ties::kIgnored : Ties::kCount;
  TRY(const auto rejections, find_rejected(transaction, request.organisation.id, open, ties));
  TRY(const Claims others, load_claims(transaction, request.organisation.id, request.node_id));
  assessment.take_overlaps(overlaps);
  assessment.take_rejections(rejections);
  return assessment.result(now, others);
}

}  // namespace larder::space
