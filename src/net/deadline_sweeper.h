// DeadlineSweeper: ends the waits of streams whose deadline has passed; one for each io_context.
//
// A timer per connection would be touched several times a request. Instead a deadline is a plain field, and a walk
// over the list of streams, kInterval apart, finds those that are late: so a time-out comes up to kInterval late.
//
// Owns       nothing: a stream leaves the list when it dies, and may outlive the sweeper.
// Threads    the thread of its io_context, all calls.
// Cost       ten thousand streams: below 1 % of a core. The timer rests while no stream is there.
#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <chrono>

#include "core/clock.h"
#include "core/task.h"
#include "net/timer.h"

namespace larder::net {

class DeadlineSweeper {
 public:
  static constexpr auto kInterval = std::chrono::milliseconds(250);

  // Watched: what has a deadline. Leaves the sweeper's list when it is destroyed.
  class Watched : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// Whose time deadlines are of: for DeadlineSweeper::watch().
    void follow(const LoopTime& time) { time_ = &time; }

    /// SteadyTime::max() is none. `or_when_set`, if given, must live until the next call or the end of this.
    void set_deadline(SteadyTime deadline, const std::atomic<bool>* or_when_set) {
      deadline_ = deadline;
      or_when_set_ = or_when_set;
    }
    bool is_late(SteadyTime now) const {
      return now >= deadline_ || (or_when_set_ != nullptr && or_when_set_->load(std::memory_order_relaxed));
    }
    /// For a check before a wait: asks for the time only if there is a deadline.
    bool is_late() const {
      return (deadline_ != SteadyTime::max() || or_when_set_ != nullptr) && is_late(time_->now());
    }

    /// Called at every sweep while it is late.
    virtual void expire() = 0;

   protected:
    ~Watched() = default;

   private:
    const LoopTime* time_ = nullptr;
    SteadyTime deadline_ = SteadyTime::max();
    const std::atomic<bool>* or_when_set_ = nullptr;
  };

  explicit DeadlineSweeper(Executor executor);
  ~DeadlineSweeper();
  DeadlineSweeper(const DeadlineSweeper&) = delete;
  DeadlineSweeper& operator=(const DeadlineSweeper&) = delete;

  void watch(Watched& watched);

 private:
  void start_timer();
  void sweep();

  Timer timer_;
  bool timer_runs_ = false;
  boost::intrusive::list<Watched, boost::intrusive::constant_time_size<false>> watched_;
};

}  // namespace larder::net
