// ConnectionPool: connections of one loop to origins, kept alive between requests and bounded for each origin.
//
// Requests of an origin that has all the connections it may have wait in a queue: the most urgent first
// (origin/turn.h), among equals that of the client that has the fewest connections, and then first come first served.
// So however much one client asks for, another one's request is next.
//
// Owns       idle connections. A lease owns its connection until it is given back or dies.
// Threads    the thread of its loop, but for waiting_count(). REQUIRES: no lease outlives the pool.
// Cancel     acquire(): its deadline.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/clock.h"
#include "core/deadline.h"
#include "core/result.h"
#include "core/task.h"
#include "net/byte_stream.h"
#include "net/timer.h"
#include "net/wakeup.h"
#include "origin/connection_shares.h"
#include "origin/connector.h"
#include "origin/target.h"
#include "origin/turn.h"

namespace larder::origin {

class ConnectionPool {
 public:
  struct Options {
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(30);
    std::size_t connections_per_origin = 64;  // leased and idle
    std::size_t idle_limit = 256;             // for all origins together
  };

  /// Whether a kept connection will do; kFresh after one has turned out to be dead.
  enum class Want { kAny, kFresh };

  using Use = origin::Use;

  /// What is asked of the pool.
  struct Ask {
    Want want = Want::kAny;
    Use use = Use::kShared;
    /// Null: as urgent as a first byte.
    std::shared_ptr<Turn> turn;
    /// For making a new connection, from when it may be made.
    SteadyTime::duration connection_timeout{};
    /// Whose share it comes from (Purpose::client).
    std::uint64_t client = 0;
  };

  /// Which connections are interchangeable.
  struct Origin {
    bool tls = false;
    std::uint16_t port = 0;
    std::string host;
    auto operator<=>(const Origin&) const = default;
  };

  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();  // closes the connection if it was not given back

    net::ByteStream& stream() { return *stream_; }
    /// It carried a request before: the origin may have closed it meanwhile.
    bool was_used() const { return was_used_; }
    /// REQUIRES: the last response's end was read and the origin keeps the connection.
    void give_back();

   private:
    friend class ConnectionPool;
    Lease(ConnectionPool& pool, Origin origin, Purpose purpose, std::unique_ptr<net::ByteStream> stream, bool was_used);

    ConnectionPool* pool_;  // null: given back, or moved from
    Origin origin_;
    Purpose purpose_;
    std::unique_ptr<net::ByteStream> stream_;
    bool was_used_;
  };

  ConnectionPool(Executor executor, Connector& connector, const Clock& clock, Options options);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// A kept connection, or a new one. Waits when the origin has as many connections as it may, until `deadline`; what
  /// it waits with a turn is added to the deadline afterwards. REQUIRES: `target`, its rule and `ask` live until the
  /// task ends. Errors: those of Connector; kTimeout; kCancelled.
  Task<Result<Lease>> acquire(const Target& target, const Ask& ask, Deadline deadline);

  std::size_t idle_count() const { return idle_count_; }
  std::size_t leased_count() const { return leased_count_; }
  /// Requests that wait for a connection. From any thread.
  std::size_t waiting_count(Urgency urgency) const {
    return waiting_counts_[static_cast<std::size_t>(urgency)].load(std::memory_order_relaxed);
  }
  /// Closes every idle connection.
  void close_idle();
  /// Closes idle connections and aborts leased ones, for good: what waits for an origin ends at once, and nobody gets a
  /// connection any more (kCancelled).
  void abort();

 private:
  struct Idle {
    std::unique_ptr<net::ByteStream> stream;
    SteadyTime since;
    bool was_used = false;  // it carried more than one request
  };
  // Place: the right to one connection.
  struct Place {
    Purpose purpose;
    std::unique_ptr<net::ByteStream> stream;  // a kept connection; null: to be made
  };
  // Waiter: a task that waits for its place. Whoever gives up a place hands it on at once, so that nobody who comes
  // later gets it, and the bound holds.
  struct Waiter {
    std::shared_ptr<net::Wakeup> wakeup;
    Want want = Want::kAny;
    Purpose purpose;
    std::vector<std::uint64_t> clients{};  // who wait for it beside purpose.client
    std::optional<Place> place;
  };
  using Line = std::list<std::shared_ptr<Waiter>>;
  struct Group {
    std::vector<Idle> idle;  // latest last
    TakenConnections taken;  // leased or being made
    std::array<Line, kUrgencies> waiting;

    Line& line(Urgency urgency) { return waiting[static_cast<std::size_t>(urgency)]; }
    bool is_unused() const;
  };

  Task<Result<Place>> take_place(Origin origin, const Ask& ask, Deadline deadline);
  /// Waits in line until it has a place, `deadline`, or the end of the pool.
  Task<void> wait_in_line(Group& group, const std::shared_ptr<Waiter>& waiter, Turn* turn, Deadline deadline);
  bool may_take(const Group& group, Purpose purpose) const;
  /// `purpose` as that of one of `clients` who has no share, else of who has the fewest connections, of its client and
  /// `clients`.
  static Purpose best_of(const Group& group, Purpose purpose, const std::vector<std::uint64_t>& clients);
  /// REQUIRES: may_take().
  Place take(Group& group, Want want, Purpose purpose);
  std::unique_ptr<net::ByteStream> take_idle(Group& group);
  /// `stream` is null if its connection is not to be used again.
  void give_up_place(const Origin& origin, Purpose purpose, std::unique_ptr<net::ByteStream> stream,
                     bool was_used = false);
  /// Closes the idle connection that is least likely to be wanted: the oldest of those that carried one request only,
  /// else the oldest. REQUIRES: there is one.
  void close_least_wanted();
  /// Gives places to those who may have one.
  void serve_waiting(Group& group);
  /// Who of `line` gets the next place; its end: nobody may have one. Cost: a look-up for each that waits.
  Line::iterator next_in(Line& line, const Group& group) const;
  void count_waiting(Urgency urgency, int change);
  void drop_if_empty(const Origin& origin);
  void close_outdated();
  void arm_timer();

  Executor executor_;
  Connector& connector_;
  const Clock& clock_;
  const Options options_;
  std::map<Origin, Group> groups_;
  std::size_t idle_count_ = 0;
  std::size_t leased_count_ = 0;
  std::array<std::atomic<std::size_t>, kUrgencies> waiting_counts_{};
  std::unordered_set<net::ByteStream*> leased_;
  net::Timer timer_;
  bool timer_armed_ = false;
  bool is_over_ = false;  // abort() was called
};

}  // namespace larder::origin
