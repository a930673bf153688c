// FakeFeed: changes as a test announces them.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "database/change_feed.h"

namespace larder::api {

class FakeFeed final : public database::ChangeFeed {
 public:
  Subscription subscribe(Listener listener) override {
    const int number = next_++;
    listeners_[number] = std::move(listener);
    return Subscription(&listeners_, [this, number](void*) { listeners_.erase(number); });
  }
  void announce(const database::Change& change) {
    for (const auto& [number, listener] : listeners_) listener(change);
  }

 private:
  std::map<int, Listener> listeners_;
  int next_ = 0;
};

}  // namespace larder::api
