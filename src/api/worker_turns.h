// WorkerTurns: whose request a worker answers next. Clients take turns: whoever asks for much waits for itself, and
// nobody else does.
//
// A client that has nothing waiting may always wait: there are at most as many of those as connections. What others
// have waiting bounds how much more may wait: half of the places that are left.
//
// Threads    the loop of its executor, all calls but waiting().
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <unordered_map>

#include "core/task.h"
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
  struct Queue {
    net::IpAddress client;
    std::deque<std::shared_ptr<net::Wakeup>> requests;
  };
  using Queues = std::list<Queue>;

  bool may_wait(const net::IpAddress& client) const;

  Executor executor_;
  const Limits limits_;
  std::size_t free_;
  std::atomic<std::size_t> waiting_{0};
  Queues queues_;  // none is empty; the first one's turn is next
  std::unordered_map<net::IpAddress, Queues::iterator> by_client_;
};

}  // namespace larder::api
