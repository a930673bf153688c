// ChangeWaiters: requests that wait for a change of one object, without a thread each.
//
//     const auto mark = waiters.mark();          // before looking
//     ...                                        // look: nothing new
//     co_await waiters.wait("node", id, mark, deadline, executor);   // what changed since the mark counts
//
// All of them share one subscription to the database's changes. The last changes are remembered, so that one between
// the look and the wait is not missed.
//
// Threads    mark(), stop() and the counters from any thread; wait() on the loop of its executor. Must end before that
//            loop does.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/task.h"
#include "database/change_feed.h"
#include "net/wakeup.h"

namespace larder::api {

class ChangeWaiters {
 public:
  using Mark = std::uint64_t;
  static constexpr std::size_t kRemembered = 1024;

  /// `feed` must outlive it.
  explicit ChangeWaiters(database::ChangeFeed& feed);
  ChangeWaiters(const ChangeWaiters&) = delete;
  ChangeWaiters& operator=(const ChangeWaiters&) = delete;

  Mark mark() const;
  /// True: it may have changed since the mark. False: `deadline` passed first, or stop() was called.
  Task<bool> wait(std::string kind, std::string id, Mark since, SteadyTime deadline, Executor executor);
  /// Ends all waits, also those to come.
  void stop();
  bool stopped() const;

  std::size_t waiting() const;
  /// How many changes of each kind were seen; the kind "*" is anything.
  std::map<std::string, std::uint64_t> seen() const;

 private:
  using Key = std::pair<std::string, std::string>;

  void notice(const database::Change& change);
  bool changed_since(const Key& key, Mark since) const;
  void forget(const Key& key, const std::shared_ptr<net::Wakeup>& wakeup);

  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;  // changes so far; change n is recent_[n % kRemembered]
  std::array<Key, kRemembered> recent_;
  std::multimap<Key, std::shared_ptr<net::Wakeup>> waiting_;
  std::map<std::string, std::uint64_t> seen_;
  bool stopped_ = false;
  database::ChangeFeed::Subscription subscription_;  // last: notice() uses what is above
};

}  // namespace larder::api
