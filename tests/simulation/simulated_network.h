// SimulatedNetwork: connections without sockets: bytes travel in pieces, take time, are stopped, and break off.
//
// A connection is two ends; what one end writes is in flight until its time comes and then lies at the other, within a
// bound, as in a socket's buffers. Nothing arrives by itself: the simulation calls deliver_next().
//
// Owns       what is in flight. The ends are their holders', on any io_contexts of this thread.
// Threads    one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/task.h"
#include "net/address.h"
#include "net/byte_stream.h"
#include "net/timer.h"
#include "simulation/random.h"
#include "simulation/simulated_disk.h"
#include "simulation/trace.h"

namespace larder::simulation {

class SimulatedStream;

// Pipe: one direction of a connection.
struct Pipe {
  enum class End { kOpen, kFinished, kReset };

  struct Flight {
    SteadyTime arrives;
    std::string bytes;
    End end = End::kOpen;  // what comes with them
  };

  std::deque<Flight> in_flight;
  std::uint64_t flying = 0;
  std::string arrived;
  std::size_t taken = 0;  // of `arrived`
  End sent = End::kOpen;
  End came = End::kOpen;
  SteadyTime last_arrival{};
  SimulatedStream* writer = nullptr;  // null: gone
  SimulatedStream* reader = nullptr;

  std::uint64_t unread() const { return arrived.size() - taken; }
};

// Line: what connections share that go over one wire, in one direction: so many bytes a second, first come first
// served.
struct Line {
  explicit Line(std::uint64_t rate) : bytes_per_second(rate) {}

  /// When the last of `bytes` that are sent at `now` is through.
  SteadyTime carry(std::uint64_t bytes, SteadyTime now) {
    free_at = std::max(free_at, now) + std::chrono::nanoseconds(bytes * 1'000'000'000 / bytes_per_second);
    return free_at;
  }

  std::uint64_t bytes_per_second;
  SteadyTime free_at{};
};

// Manner: how a connection behaves.
struct Manner {
  std::chrono::microseconds least_delay{100};
  std::chrono::microseconds most_delay{2'000};
  std::size_t largest_piece = 256 << 10;
  std::size_t buffer = 256 << 10;             // what fits between a writer and its reader
  std::optional<std::uint64_t> resets_after;  // bytes of both directions
  std::optional<std::uint64_t> stalls_after;
  std::chrono::microseconds stall{0};
  std::shared_ptr<Line> lines[2];  // by direction, as Link::pipes; null: as fast as one likes
  net::IpAddress caller;           // what the other end sees of who connected
};

// Link: one connection.
struct Link {
  Link(std::uint64_t link_number, Random draws, const Manner& its_manner)
      : number(link_number), random(draws), manner(its_manner) {}

  std::uint64_t number;
  Random random;  // its own: the order in which others draw is nothing to it
  Manner manner;
  std::uint64_t moved = 0;
  bool stalled = false;
  Pipe pipes[2];  // [0]: from who connected
};

class SimulatedNetwork {
 public:
  struct Counters {
    std::uint64_t connections = 0;
    std::uint64_t bytes = 0;
    std::uint64_t resets = 0;  // by the network
    std::uint64_t stalls = 0;
  };
  using Ends = std::pair<std::unique_ptr<SimulatedStream>, std::unique_ptr<SimulatedStream>>;

  SimulatedNetwork(const Clock& clock, Random random, SimulatedDisk& disk, Trace& trace)
      : clock_(clock), random_(random), disk_(disk), trace_(trace) {}

  /// The end of who connects, on `caller`, and the other, on `callee`.
  Ends connect(Executor caller, Executor callee, const Manner& manner);

  /// When the next piece arrives.
  std::optional<SteadyTime> next() const;
  /// Brings what arrives next. REQUIRES: next() has a value.
  void deliver_next();

  const Counters& counters() const { return counters_; }

 private:
  friend class SimulatedStream;

  void send(const std::shared_ptr<Link>& link, int direction, std::string bytes, Pipe::End end);
  void reset(const std::shared_ptr<Link>& link, int direction);
  void arrive(Link& link, int direction, Pipe::Flight flight);

  const Clock& clock_;
  Random random_;
  SimulatedDisk& disk_;
  Trace& trace_;
  std::uint64_t links_ = 0;
  // By time, then by connection: never by the order of calls.
  std::multimap<std::tuple<SteadyTime, std::uint64_t, int>, std::shared_ptr<Link>> arrivals_;
  Counters counters_;
};

// SimulatedStream: one end.
class SimulatedStream final : public net::ByteStream {
 public:
  SimulatedStream(SimulatedNetwork& network, std::shared_ptr<Link> link, int side, Executor executor);
  ~SimulatedStream() override;

  net::IoStep try_read(std::span<std::byte> into) override;
  net::IoStep try_write(std::span<const std::byte> from, net::More more) override;
  net::IoStep try_send_file(int descriptor, std::uint64_t offset, std::size_t count) override;
  Task<Result<>> wait(net::IoStep::Kind want) override;
  void expire_at(SteadyTime deadline, const std::atomic<bool>* or_when_set = nullptr) override;
  net::Endpoint peer() const override;
  net::Endpoint local() const override { return peer(); }
  bool is_tls() const override { return false; }
  bool is_idle() const override;
  bool has_ended() const override;
  void shutdown_send() override;
  void close() override;
  void abort() override;

  std::uint64_t number() const { return link_->number; }
  /// Whoever waits looks again.
  void wake();

 private:
  Pipe& incoming() const { return link_->pipes[1 - side_]; }
  Pipe& outgoing() const { return link_->pipes[side_]; }
  std::size_t room() const;
  bool ready(net::IoStep::Kind want) const;
  bool is_late() const;
  void move(std::string bytes);
  void leave();

  SimulatedNetwork& network_;
  std::shared_ptr<Link> link_;
  const int side_;
  Executor executor_;
  SteadyTime deadline_ = SteadyTime::max();
  const std::atomic<bool>* or_when_set_ = nullptr;
  bool closed_ = false;
  std::vector<net::Timer*> waits_;  // in the order in which they began
};

}  // namespace larder::simulation
