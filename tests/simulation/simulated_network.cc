#include "simulation/simulated_network.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/check.h"
#include "net/timer.h"

namespace larder::simulation {

using net::IoStep;

namespace {

constexpr std::size_t kFileStep = 1 << 20;

}  // namespace

// --- the network ---

SimulatedNetwork::Ends SimulatedNetwork::connect(Executor caller, Executor callee, const Manner& manner) {
  ++counters_.connections;
  const auto link = std::make_shared<Link>(++links_, random_.split(), manner);
  return {std::make_unique<SimulatedStream>(*this, link, 0, caller),
          std::make_unique<SimulatedStream>(*this, link, 1, callee)};
}

std::optional<SteadyTime> SimulatedNetwork::next() const {
  if (arrivals_.empty()) return std::nullopt;
  return std::get<0>(arrivals_.begin()->first);
}

void SimulatedNetwork::send(const std::shared_ptr<Link>& link, int direction, std::string bytes, Pipe::End end) {
  Pipe& pipe = link->pipes[direction];
  if (pipe.sent != Pipe::End::kOpen) return;
  pipe.sent = end;
  const Manner& manner = link->manner;
  const SteadyTime now = clock_.now();
  const auto& line = manner.lines[direction];
  const SteadyTime sent = line && !bytes.empty() ? line->carry(bytes.size(), now) : now;
  SteadyTime arrives = std::max(pipe.last_arrival, sent + link->random.time(manner.least_delay, manner.most_delay));
  link->moved += bytes.size();
  counters_.bytes += bytes.size();
  if (manner.stalls_after && link->moved > *manner.stalls_after && !std::exchange(link->stalled, true)) {
    arrives += manner.stall;
    ++counters_.stalls;
  }
  pipe.last_arrival = arrives;
  pipe.flying += bytes.size();
  pipe.in_flight.push_back({arrives, std::move(bytes), end});
  arrivals_.emplace(std::tuple(arrives, link->number, direction), link);
  if (manner.resets_after && link->moved > *manner.resets_after) {
    link->manner.resets_after.reset();
    ++counters_.resets;
    reset(link, 0);
    reset(link, 1);
  }
}

/// A reset overtakes what the sender's socket still holds, and may overtake what is on its way.
void SimulatedNetwork::reset(const std::shared_ptr<Link>& link, int direction) {
  Pipe& pipe = link->pipes[direction];
  if (pipe.sent == Pipe::End::kReset) return;
  for (std::uint64_t lost = link->random.below(pipe.in_flight.size() + 1); lost > 0; --lost) {
    const auto entry = arrivals_.find(std::tuple(pipe.in_flight.back().arrives, link->number, direction));
    CHECK(entry != arrivals_.end(), "what is in flight arrives");
    arrivals_.erase(entry);
    pipe.flying -= pipe.in_flight.back().bytes.size();
    pipe.in_flight.pop_back();
  }
  if (!pipe.in_flight.empty()) pipe.in_flight.back().end = Pipe::End::kOpen;
  pipe.sent = Pipe::End::kOpen;
  send(link, direction, {}, Pipe::End::kReset);
}

void SimulatedNetwork::deliver_next() {
  const auto first = arrivals_.begin();
  const std::shared_ptr<Link> link = first->second;
  const int direction = std::get<2>(first->first);
  arrivals_.erase(first);
  Pipe& pipe = link->pipes[direction];
  Pipe::Flight flight = std::move(pipe.in_flight.front());
  pipe.in_flight.pop_front();
  pipe.flying -= flight.bytes.size();
  trace_.note("link {}{} {} bytes{}", link->number, direction == 0 ? '>' : '<', flight.bytes.size(),
              flight.end == Pipe::End::kOpen    ? ""
              : flight.end == Pipe::End::kReset ? " reset"
                                                : " end");
  if (pipe.reader == nullptr) {
    // Nobody is there: the other side hears of it.
    if (!flight.bytes.empty()) reset(link, 1 - direction);
    return;
  }
  arrive(*link, direction, std::move(flight));
}

void SimulatedNetwork::arrive(Link& link, int direction, Pipe::Flight flight) {
  Pipe& pipe = link.pipes[direction];
  if (pipe.taken == pipe.arrived.size()) {
    pipe.arrived = std::move(flight.bytes);
    pipe.taken = 0;
  } else {
    pipe.arrived += flight.bytes;
  }
  if (flight.end != Pipe::End::kOpen) pipe.came = flight.end;
  // What the other end writes from now on goes nowhere.
  Pipe& back = link.pipes[1 - direction];
  if (flight.end == Pipe::End::kReset) back.sent = Pipe::End::kReset;
  pipe.reader->wake();
}

// --- one end ---

SimulatedStream::SimulatedStream(SimulatedNetwork& network, std::shared_ptr<Link> link, int side, Executor executor)
    : network_(network), link_(std::move(link)), side_(side), executor_(executor) {
  incoming().reader = this;
  outgoing().writer = this;
}

SimulatedStream::~SimulatedStream() {
  if (!closed_) close();
}

std::size_t SimulatedStream::room() const {
  const Pipe& pipe = outgoing();
  const std::uint64_t held = pipe.flying + pipe.unread();
  return link_->manner.buffer - std::min<std::uint64_t>(held, link_->manner.buffer);
}

IoStep SimulatedStream::try_read(std::span<std::byte> into) {
  CHECK(!into.empty(), "a read without room would look like the peer's end");
  if (closed_) return IoStep::failed(EBADF);
  Pipe& pipe = incoming();
  if (pipe.unread() > 0) {
    const std::size_t count = std::min<std::size_t>(into.size(), pipe.unread());
    std::copy_n(reinterpret_cast<const std::byte*>(pipe.arrived.data()) + pipe.taken, count, into.begin());
    pipe.taken += count;
    if (pipe.writer != nullptr) pipe.writer->wake();
    return IoStep::moved(count);
  }
  if (pipe.came == Pipe::End::kReset) return IoStep::failed(ECONNRESET);
  return pipe.came == Pipe::End::kFinished ? IoStep::end() : IoStep::want_read();
}

void SimulatedStream::move(std::string bytes) {
  // Pieces of the connection's own sizes; mostly all of it, or simulations would be nothing but small pieces.
  while (bytes.size() > link_->manner.largest_piece) {
    const std::size_t size = link_->random.between(1, link_->manner.largest_piece);
    network_.send(link_, side_, bytes.substr(0, size), Pipe::End::kOpen);
    bytes.erase(0, size);
  }
  network_.send(link_, side_, std::move(bytes), Pipe::End::kOpen);
}

IoStep SimulatedStream::try_write(std::span<const std::byte> from, net::More) {
  CHECK(!from.empty(), "a write moves at least one byte");
  if (closed_ || outgoing().sent == Pipe::End::kFinished) return IoStep::failed(EPIPE);
  if (outgoing().sent == Pipe::End::kReset) return IoStep::failed(ECONNRESET);
  const std::size_t count = std::min(room(), from.size());
  if (count == 0) return IoStep::want_write();
  move(std::string(reinterpret_cast<const char*>(from.data()), count));
  return IoStep::moved(count);
}

IoStep SimulatedStream::try_send_file(int descriptor, std::uint64_t offset, std::size_t count) {
  CHECK(count > 0, "a write moves at least one byte");
  if (closed_ || outgoing().sent == Pipe::End::kFinished) return IoStep::failed(EPIPE);
  if (outgoing().sent == Pipe::End::kReset) return IoStep::failed(ECONNRESET);
  if (room() == 0) return IoStep::want_write();
  std::string bytes(std::min({room(), count, kFileStep}), '\0');
  const auto read = network_.disk_.read_for_socket(descriptor, std::as_writable_bytes(std::span(bytes)), offset);
  if (!read || *read == 0) return IoStep::failed(EIO);
  bytes.resize(*read);
  move(std::move(bytes));
  return IoStep::moved(*read);
}

bool SimulatedStream::ready(IoStep::Kind want) const {
  const Pipe& in = incoming();
  const Pipe& out = outgoing();
  if (want == IoStep::Kind::kWantRead) return in.unread() > 0 || in.came != Pipe::End::kOpen;
  return room() > 0 || out.sent != Pipe::End::kOpen || in.came == Pipe::End::kReset;
}

bool SimulatedStream::is_late() const {
  if (or_when_set_ != nullptr && or_when_set_->load()) return true;
  return network_.clock_.now() >= deadline_;
}

Task<Result<>> SimulatedStream::wait(IoStep::Kind want) {
  CHECK(want == IoStep::Kind::kWantRead || want == IoStep::Kind::kWantWrite, "only a wanted direction can be awaited");
  net::Timer timer(executor_);
  for (bool first = true;; first = false) {
    if (closed_) co_return fail(Errc::kCancelled, "the connection is closed");
    if (!first && ready(want)) co_return Result<>();
    if (is_late()) co_return fail(Errc::kTimeout, "the peer was too slow");
    if (ready(want)) co_return Result<>();
    waits_.push_back(&timer);
    co_await timer.wait(deadline_);
    std::erase(waits_, &timer);
  }
}

void SimulatedStream::wake() {
  for (net::Timer* timer : waits_) timer->cancel();
}

void SimulatedStream::expire_at(SteadyTime deadline, const std::atomic<bool>* or_when_set) {
  deadline_ = deadline;
  or_when_set_ = or_when_set;
  wake();
}

net::Endpoint SimulatedStream::peer() const {
  net::Endpoint endpoint;
  endpoint.address = link_->manner.caller;
  endpoint.port = static_cast<std::uint16_t>(link_->number % 65'536);
  return endpoint;
}

bool SimulatedStream::is_idle() const {
  return !closed_ && incoming().unread() == 0 && incoming().came == Pipe::End::kOpen;
}

bool SimulatedStream::has_ended() const { return closed_ || incoming().came != Pipe::End::kOpen; }

void SimulatedStream::shutdown_send() {
  if (!closed_) network_.send(link_, side_, {}, Pipe::End::kFinished);
}

void SimulatedStream::leave() {
  closed_ = true;
  incoming().reader = nullptr;
  outgoing().writer = nullptr;
  wake();
}

void SimulatedStream::close() {
  if (closed_) return;
  // As a socket: what was not read makes it a reset.
  if (incoming().unread() > 0) {
    network_.reset(link_, side_);
  } else {
    network_.send(link_, side_, {}, Pipe::End::kFinished);
  }
  leave();
}

void SimulatedStream::abort() {
  if (closed_) return;
  network_.reset(link_, side_);
  leave();
}

}  // namespace larder::simulation
