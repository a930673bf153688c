// LocalFeed: the change feed of a database that only this program uses: a queue and a thread.
//
// Owns       its thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "database/change_feed.h"
#include "database/subscribers.h"

namespace larder::database {

class LocalFeed final : public ChangeFeed {
 public:
  static constexpr std::size_t kQueueLimit = 10'000;  // more changes than that become Change::everything()

  LocalFeed();
  ~LocalFeed() override;  // changes that still wait are dropped

  Subscription subscribe(Listener listener) override { return subscribers_.add(std::move(listener)); }
  void publish(std::vector<Change> changes);

 private:
  void run();

  Subscribers subscribers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Change> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace larder::database
