// HeavyHitters: which keys have the most weight, of however many there are, in a bounded list.
//
// Threads    a value.
// Cost       add(): a look-up; for a key that is not in a full list, a walk through its weights.
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
    for (std::size_t i = 0; i < other.keys_.size(); ++i) add(other.keys_[i], {other.weights_[i], other.above_[i]});
  }
  /// The heaviest first.
  std::vector<std::pair<Key, Weight>> top(std::size_t most) const {
    std::vector<std::pair<Key, Weight>> all;
    for (std::size_t i = 0; i < keys_.size(); ++i) all.push_back({keys_[i], {weights_[i], above_[i]}});
    std::ranges::sort(all, [](const auto& a, const auto& b) {
      return a.second.weight != b.second.weight ? a.second.weight > b.second.weight : a.first < b.first;
    });
    if (all.size() > most) all.resize(most);
    return all;
  }

 private:
  void add(const Key& key, Weight more) {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      weights_[found->second] += more.weight;
      above_[found->second] += more.above;
      return;
    }
    if (keys_.size() < kMost) {
      places_.emplace(key, keys_.size());
      keys_.push_back(key);
      weights_.push_back(more.weight);
      above_.push_back(more.above);
      return;
    }
    // It takes the place, and the weight, of the lightest: which may have been its own, forgotten before.
    const auto lightest = static_cast<std::size_t>(std::ranges::min_element(weights_) - weights_.begin());
    places_.erase(keys_[lightest]);
    places_.emplace(key, lightest);
    keys_[lightest] = key;
    above_[lightest] = more.above + weights_[lightest];
    weights_[lightest] += more.weight;
  }

  // By place; weights alone, so that the lightest of a full list is found in a kilobyte.
  std::vector<Key> keys_;
  std::vector<std::uint64_t> weights_;
  std::vector<std::uint64_t> above_;
  std::unordered_map<Key, std::size_t, Hash> places_;
};

}  // namespace larder
