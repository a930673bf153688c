// HeavyHitters: which keys have the most weight, of however many there are, in a bounded list.
//
// Threads    a value.
// Cost       add(): a look-up; for a key that is not in a full list, a walk through it.
// Source     Space-Saving: Metwally, Agrawal, El Abbadi 2005. A key with more than the whole weight / kMost is in the
//            list; its weight is too high by `above` at most.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace larder {

template <class Key, class Hash = std::hash<Key>>
class HeavyHitters {
 public:
  static constexpr std::size_t kMost = 128;

  struct Weight {
    std::uint64_t weight = 0;
    std::uint64_t above = 0;
  };

  void add(const Key& key, std::uint64_t weight) { add(key, Weight{weight, 0}); }
  void merge(const HeavyHitters& other) {
    for (const auto& [key, weight] : other.weights_) add(key, weight);
  }
  /// The heaviest first.
  std::vector<std::pair<Key, Weight>> top(std::size_t most) const {
    std::vector<std::pair<Key, Weight>> all(weights_.begin(), weights_.end());
    std::ranges::sort(all, [](const auto& a, const auto& b) {
      return a.second.weight != b.second.weight ? a.second.weight > b.second.weight : a.first < b.first;
    });
    if (all.size() > most) all.erase(all.begin() + static_cast<std::ptrdiff_t>(most), all.end());
    return all;
  }

 private:
  void add(const Key& key, Weight more) {
    const auto found = weights_.find(key);
    if (found != weights_.end()) {
      found->second.weight += more.weight;
      found->second.above += more.above;
      return;
    }
    if (weights_.size() == kMost) {
      // It takes the place, and the weight, of the lightest: which may have been its own, forgotten before.
      const auto lightest = std::ranges::min_element(weights_, {}, [](const auto& each) { return each.second.weight; });
      more = {more.weight + lightest->second.weight, more.above + lightest->second.weight};
      weights_.erase(lightest);
    }
    weights_.emplace(key, more);
  }

  std::unordered_map<Key, Weight, Hash> weights_;
};

}  // namespace larder
