// Turn: what a request and the queue for its origin's connections tell each other.
//
// How urgent a request is may rise while it is queued: what was read ahead is waited for once a reader has come there.
// And others may come to wait for it: whoever asked first may have used up its share of the connections, and they not.
//
// Threads    raise(), join(), urgency(), clients() from any; the rest on the loop of the connection pool.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/deadline.h"
#include "net/wakeup.h"

namespace larder::origin {

/// Who waits for what is asked for; the later ones go before the earlier ones.
enum class Urgency {
  kReadAhead,  // nobody yet
  kAwaited,    // a client that has a part of its response
  kFirstByte,  // a client that has nothing yet
};
inline constexpr std::size_t kUrgencies = 3;

constexpr std::string_view to_string(Urgency urgency) {
  constexpr std::array<std::string_view, kUrgencies> kNames = {"read_ahead", "awaited", "first_byte"};
  return kNames[static_cast<std::size_t>(urgency)];
}

class Turn {
 public:
  static constexpr std::size_t kMostClients = 8;  // that are remembered, and one more that has no share: client 0

  explicit Turn(Urgency urgency) : urgency_(urgency) {}

  Urgency urgency() const { return urgency_.load(std::memory_order_acquire); }
  /// It never falls. Wakes who waits in a queue with it.
  void raise(Urgency to);
  /// `client` (Purpose::client) waits for it from now on, as urgently as `urgency`.
  void join(std::uint64_t client, Urgency urgency);
  /// Who waits for it, beside who asks the pool.
  std::vector<std::uint64_t> clients() const;

  /// It waited for a connection until its deadline, in vain: the origin was not even asked.
  bool was_in_vain() const { return in_vain_; }
  /// The last exchange got as far as to ask something of an origin; what went wrong before that is wrong for all who
  /// ask that origin.
  bool was_asked() const { return asked_; }
  void note_asked(bool asked) { asked_ = asked; }
  /// In queues, since it was made.
  SteadyTime::duration waited() const { return waited_; }
  /// `deadline` on a clock that stands still in queues.
  Deadline extended(Deadline deadline) const;

  // --- the queue ---
  /// Who is woken when it becomes more urgent; null: nobody.
  void set_waiting(std::shared_ptr<net::Wakeup> wakeup);
  void add_wait(SteadyTime::duration waited, bool in_vain);

 private:
  std::atomic<Urgency> urgency_;
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> clients_;
  std::shared_ptr<net::Wakeup> waiting_;
  SteadyTime::duration waited_{};
  bool in_vain_ = false;
  bool asked_ = false;
};

}  // namespace larder::origin
