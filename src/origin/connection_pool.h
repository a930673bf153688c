// ConnectionPool: connections of one loop to origins, kept alive between requests and bounded for each origin.
//
// Owns       idle connections. A lease owns its connection until it is given back or dies.
// Threads    the thread of its loop. REQUIRES: no lease outlives the pool.
// Cancel     acquire(): its deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
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
#include "origin/connector.h"
#include "origin/target.h"

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

  /// What a connection is for. What serves one client alone, as slowly as that client reads, gets half of an origin's
  /// connections at most: the rest is for what many share.
  enum class Use { kShared, kOneClient };

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
    Lease(ConnectionPool& pool, Origin origin, Use use, std::unique_ptr<net::ByteStream> stream, bool was_used);

    ConnectionPool* pool_;  // null: given back, or moved from
    Origin origin_;
    Use use_;
    std::unique_ptr<net::ByteStream> stream_;
    bool was_used_;
  };

  ConnectionPool(Executor executor, Connector& connector, const Clock& clock, Options options);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// A kept connection, or a new one. Waits when the origin has as many connections as it may. REQUIRES: `target`'s
  /// rule lives until the task ends. Errors: those of Connector; kTimeout; kCancelled.
  Task<Result<Lease>> acquire(const Target& target, Want want, Use use, Deadline deadline);

  std::size_t idle_count() const { return idle_count_; }
  std::size_t leased_count() const { return leased_count_; }
  /// Closes every idle connection.
  void close_idle();
  /// Closes idle connections and aborts leased ones, for good: what waits for an origin ends at once, and nobody gets a
  /// connection any more (kCancelled).
  void abort();

 private:
  struct Idle {
    std::unique_ptr<net::ByteStream> stream;
    SteadyTime since;
  };
  // Waiter: a task that waits for its turn. Whoever ends its use of a connection hands its place on to the first one,
  // so that nobody who comes later gets it, and the bound holds.
  struct Waiter {
    std::shared_ptr<net::Wakeup> wakeup;
    Use use = Use::kShared;
    bool has_place = false;
    std::unique_ptr<net::ByteStream> stream;  // with the place, if the connection is still good
  };
  struct Group {
    std::vector<Idle> idle;          // latest last
    std::size_t leased = 0;          // places taken: connections leased or being dialled
    std::size_t for_one_client = 0;  // of those
    std::list<std::shared_ptr<Waiter>> waiting;
  };

  /// Takes a place for one connection; with it comes a kept connection or none.
  Task<Result<std::unique_ptr<net::ByteStream>>> take_place(Origin origin, Want want, Use use, Deadline deadline);
  /// Whether one more may be taken for that, if a place is free.
  bool may_take(const Group& group, Use use) const;
  std::unique_ptr<net::ByteStream> take_idle(Group& group);
  /// Ends the use of a place; `stream` is null if its connection is not to be used again.
  void give_up_place(const Origin& origin, Use use, std::unique_ptr<net::ByteStream> stream);
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
  std::unordered_set<net::ByteStream*> leased_;
  net::Timer timer_;
  bool timer_armed_ = false;
  bool is_over_ = false;  // abort() was called
};

}  // namespace larder::origin
