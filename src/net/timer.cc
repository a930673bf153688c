#include "net/timer.h"

#include <utility>

namespace larder::net {

void Timer::begin(SteadyTime until) {
  cancel();
  due_ = false;
  sleep_.expires_at(time_.simulated() ? SteadyTime::max() : until);
  if (!time_.simulated() || until == SteadyTime::max()) return;
  auto wake = [this] {
    waits_ = false;
    due_ = true;
    sleep_.cancel();
  };
  entry_ = time_.waits_.emplace(until, std::move(wake));
  waits_ = true;
}

Task<bool> Timer::wait(SteadyTime until) {
  begin(until);
  const auto [error] = co_await sleep_.async_wait(no_throw);
  co_return came(error);
}

void Timer::start(SteadyTime until, std::function<void()> when_due) {
  begin(until);
  when_due_ = std::make_shared<std::function<void()>>(std::move(when_due));
  sleep_.async_wait([this, weak = std::weak_ptr(when_due_)](const boost::system::error_code& error) {
    // Gone: this timer too may be, or waits for something else.
    const auto due = weak.lock();
    if (!due || !came(error)) return;
    when_due_ = nullptr;
    (*due)();
  });
}

void Timer::cancel() {
  if (std::exchange(waits_, false)) time_.waits_.erase(entry_);
  when_due_ = nullptr;
  sleep_.cancel();
}

}  // namespace larder::net
