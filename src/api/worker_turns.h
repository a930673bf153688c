// WorkerTurns: whose request a worker answers next. Sites (net::site_of()) take turns, and within a site its clients:
// whoever asks for much waits for itself, and nobody else does, however many networks it has.
//
// Nobody waits for the end of another site's slow work either: of four workers or more, a site has at most three
// quarters, and a quarter for what writes, since writers wait for each other in the database. What reads does not wait
// behind what may not write yet.
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
#include <optional>
#include <unordered_map>

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

  enum class Work { kReads, kWrites };  // to the database

  WorkerTurns(Executor executor, Limits limits) : executor_(executor), limits_(limits), free_(limits.workers) {}

  /// True: a worker is free for `client` (as net::network_of() has it) until leave(), with the same. False: it has as
  /// much waiting as it may have, or all have; then at once.
  Task<bool> enter(net::IpAddress client, Work work);
  void leave(const net::IpAddress& client, Work work);

  /// Any thread.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  // What a site has running.
  struct Running {
    std::size_t all = 0;
    std::size_t writes = 0;
  };
  using Requests = std::deque<std::shared_ptr<net::Wakeup>>;
  using Clients = Turns<net::IpAddress, Requests>;
  // What a site has waiting.
  struct Site {
    Clients reads;
    Clients writes;
    bool is_write_next = false;

    bool empty() const { return reads.empty() && writes.empty(); }
    Clients& of(Work work) { return work == Work::kReads ? reads : writes; }
    const Clients& of(Work work) const { return work == Work::kReads ? reads : writes; }
    std::size_t waiting(const net::IpAddress& client) const;
  };

  bool may_run(const net::IpAddress& site, Work work) const;
  bool may_wait(const net::IpAddress& client) const;
  /// Of what waits; nothing: none of it may run now.
  std::optional<Work> next_of(const net::IpAddress& address, const Site& site) const;
  void begin(const net::IpAddress& site, Work work);
  void begin_next();

  Executor executor_;
  const Limits limits_;
  std::size_t free_;
  std::atomic<std::size_t> waiting_{0};
  std::unordered_map<net::IpAddress, Running> running_;  // by site
  Turns<net::IpAddress, Site> sites_;                    // of which something waits
};

}  // namespace larder::api
