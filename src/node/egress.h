// Egress: sends bytes to one client: in its turn, within the node's egress limit, and not for ever.
//
// Threads    the loop of its stream.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/clock.h"
#include "core/task.h"
#include "net/byte_stream.h"
#include "node/egress_limiter.h"

namespace larder::node {

class Egress {
 public:
  /// `patience`: how long the client may take nothing.
  Egress(net::ByteStream& stream, EgressLimiter& limiter, const Clock& clock, Executor executor,
         std::chrono::milliseconds patience)
      : stream_(stream), limiter_(limiter), clock_(clock), executor_(executor), patience_(patience) {}

  net::ByteStream& stream() { return stream_; }
  /// True if the next bytes have to wait_turn().
  bool must_wait() const { return limiter_.limited() || since_wait_ >= kTurn; }
  /// Waits as long as the egress limit and the other connections of this loop ask for.
  Task<void> wait_turn();
  /// How many of `size` bytes may be tried at once.
  std::size_t allowed(std::size_t size) const {
    return limiter_.limited() ? std::min<std::size_t>(size, limiter_.step()) : size;
  }
  /// Notes what went out.
  void charge(std::size_t bytes) {
    since_wait_ += bytes;
    limiter_.charge(bytes, limiter_.limited() ? clock_.now() : SteadyTime{});
  }
  /// Waits until the stream can go on after a step that moved nothing.
  /// Errors: kTimeout (the client takes nothing), kUnavailable (it closed); client_failed() is true after both.
  Task<Result<>> wait(net::IoStep::Kind want);
  /// All of `bytes`, in turns. Errors: as wait().
  Task<Result<>> send(std::span<const std::byte> bytes);

  bool client_failed() const { return client_failed_; }

 private:
  // A client that takes bytes as fast as they are sent lets others have their turn after this many.
  static constexpr std::uint64_t kTurn = 4 << 20;

  net::ByteStream& stream_;
  EgressLimiter& limiter_;
  const Clock& clock_;
  Executor executor_;
  const std::chrono::milliseconds patience_;
  std::uint64_t since_wait_ = 0;  // bytes sent without letting other connections of this loop run
  bool client_failed_ = false;
};

}  // namespace larder::node
