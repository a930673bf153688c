// WorkerTurns: whose request a worker answers next. Sites (http::site_of()) take turns, and within a site its clients:
// whoever asks for much waits for itself, and nobody else does, however many networks it has.
//
// A client that has nothing waiting may always wait: there are at most as many of those as connections. What others
// have waiting bounds how much more may wait: half of the places that are left.
//
// Threads    the loop of its executor, all calls but waiting().
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>

#include "core/task.h"
#include "core/turns.h"
#include "net/address.h"
#include "net/wakeup.h"

namespace larder::api {

class WorkerTurns {
 public:
  struct Limits {
    std::size_t workers = 8;     // requests that are answered at a time
    std::size_t waiting = 4096;  // of all clients
    std::size_t of_client = 1024;
  };

  WorkerTurns(Executor executor, Limits limits) : executor_(executor), limits_(limits), free_(limits.workers) {}

  /// True: a worker is free for `client` (as http::client_of() has it) until leave(). False: it has as much waiting as
  /// it may have, or all have; then at once.
  Task<bool> enter(net::IpAddress client);
  void leave();

  /// Any thread.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  using Requests = std::deque<std::shared_ptr<net::Wakeup>>;
  using Clients = Turns<net::IpAddress, Requests>;

  std::shared_ptr<net::Wakeup> take_next();
  bool may_wait(const net::IpAddress& client) const;

  Executor executor_;
  const Limits limits_;
  std::size_t free_;
  std::atomic<std::size_t> waiting_{0};
  Turns<net::IpAddress, Clients> sites_;
};

}  // namespace larder::api
