// Subscribers: the listeners of a change feed.
//
// Threads    all calls from any thread. tell() calls the listeners one after the other; a subscription that ends waits
//            for a listener that runs, except on the listener's own thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "database/change_feed.h"

namespace larder::database {

class Subscribers {
 public:
  ChangeFeed::Subscription add(ChangeFeed::Listener listener);
  void tell(const Change& change);

 private:
  struct State {
    std::recursive_mutex mutex;  // held while listeners run: they may subscribe and end subscriptions
    std::uint64_t next = 0;
    std::map<std::uint64_t, std::shared_ptr<ChangeFeed::Listener>> listeners;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();  // subscriptions may outlive the feed
};

}  // namespace larder::database
