// Egress: sends bytes to one client: in its turn, within the node's egress limit, and not for ever.
//
// Threads    the loop of its stream.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/clock.h"
#include "core/task.h"
#include "net/byte_stream.h"
#include "node/client_pace.h"
#include "node/egress_limiter.h"

namespace larder::node {

class Egress {
 public:
  /// `pace`: what the client has to take.
  Egress(net::ByteStream& stream, EgressLimiter& limiter, const Clock& clock, Executor executor,
         const ClientPace::Limits& pace)
      : stream_(stream), limiter_(limiter), clock_(clock), executor_(executor), patience_(pace.stall), pace_(pace) {}

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
    moved_ += bytes;
    limiter_.charge(bytes, limiter_.limited() ? clock_.now() : SteadyTime{});
  }
  /// Waits until the stream can go on after a step that moved nothing.
  /// Errors: kTimeout (the client takes nothing), kRefused (too little), kUnavailable (it closed); client_failed() is
  /// true after all of them.
  Task<Result<>> wait(net::IoStep::Kind want);
  /// All of `bytes`, in turns. Errors: as wait().
  Task<Result<>> send(std::span<const std::byte> bytes);

  bool client_failed() const { return client_failed_; }
  bool client_too_slow() const { return client_too_slow_; }

 private:
  // A client that takes bytes as fast as they are sent lets others have their turn after this many.
  static constexpr std::uint64_t kTurn = 4 << 20;
  // A wait is looked at this often within the client's patience.
  static constexpr int kLooks = 4;

  /// Bytes the client has taken of all that was moved, less a constant.
  std::int64_t taken() const {
    return static_cast<std::int64_t>(moved_) - static_cast<std::int64_t>(stream_.unacknowledged());
  }

  net::ByteStream& stream_;
  EgressLimiter& limiter_;
  const Clock& clock_;
  Executor executor_;
  const std::chrono::milliseconds patience_;
  std::uint64_t since_wait_ = 0;       // bytes sent without letting other connections of this loop run
  std::uint64_t moved_ = 0;            // bytes sent
  std::optional<std::int64_t> taken_;  // taken() after the last wait
  ClientPace pace_;
  bool client_failed_ = false;
  bool client_too_slow_ = false;
};

}  // namespace larder::node
