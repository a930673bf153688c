// RuleTraffic: what one event loop has served under each content rule.
//
// Threads    of() and the counts it gives: its loop. add_to(): any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "node/count.h"

namespace larder::node {

class RuleTraffic {
 public:
  /// Rules come and go with the configuration, and their counts stay: of more names than these all are counted as
  /// kOther.
  static constexpr std::size_t kMostRules = 1000;
  static constexpr std::string_view kOther = "(other)";

  struct Counts {
    Count requests;
    Count bytes_out;
    Count hit_bytes;
    Count fill_bytes;
  };
  struct Sum {
    std::uint64_t requests = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t hit_bytes = 0;
    std::uint64_t fill_bytes = 0;
  };
  using Sums = std::map<std::string, Sum, std::less<>>;

  Counts& of(std::string_view rule) {
    const auto found = counts_.find(rule);
    if (found != counts_.end()) return *found->second;
    if (counts_.size() >= kMostRules && rule != kOther) return of(kOther);
    const std::lock_guard lock(mutex_);
    return *counts_.emplace(rule, std::make_unique<Counts>()).first->second;
  }

  void add_to(Sums& sums) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [rule, counts] : counts_) {
      Sum& sum = sums[rule];
      sum.requests += counts->requests.value();
      sum.bytes_out += counts->bytes_out.value();
      sum.hit_bytes += counts->hit_bytes.value();
      sum.fill_bytes += counts->fill_bytes.value();
    }
  }

 private:
  mutable std::mutex mutex_;  // against add_to(), when a rule is new
  std::map<std::string, std::unique_ptr<Counts>, std::less<>> counts_;
};

}  // namespace larder::node
