#include "api/slow_lane.h"

#include <limits>
#include <utility>

#include "core/clock.h"
#include "identity/attempts.h"
#include "net/wakeup.h"

namespace larder::api {

struct SlowLane::Waiting {
  std::function<Response()> answer;
  std::shared_ptr<net::Wakeup> done;
  std::optional<Response> response = std::nullopt;
};

// The pool's own queue holds as many as ours does, and who has left ours in the meantime: it needs no bound of its own.
SlowLane::SlowLane(Options options)
    : options_(std::move(options)),
      queue_({.all = options_.queue, .of_party = options_.of_network, .of_group = options_.of_site}),
      threads_(options_.name, options_.threads, std::numeric_limits<std::size_t>::max()) {}

SlowLane::~SlowLane() {
  close();
  threads_.stop();
}

Task<std::optional<Response>> SlowLane::run(Executor executor, net::IpAddress client,
                                            std::function<Response()> answer) {
  const Queue::Party party{.name = identity::network_name(client), .group = identity::site_name(client)};
  const auto waiting = std::make_shared<Waiting>(std::move(answer), net::Wakeup::make(executor));
  if (!enter(party, waiting)) co_return std::nullopt;
  const bool ended = co_await waiting->done->wait(SystemClock().now() + options_.patience);
  // What a thread has begun is waited for however long it takes: it uses what lives in the caller.
  if (!ended && !leave(party, waiting)) co_await waiting->done->wait(SteadyTime::max());
  co_return std::move(waiting->response);
}

bool SlowLane::enter(const Queue::Party& party, const std::shared_ptr<Waiting>& waiting) {
  std::optional<std::shared_ptr<Waiting>> displaced;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    auto pushed = queue_.push(party, waiting);
    if (!pushed) return false;
    displaced = std::move(pushed.displaced);
  }
  if (displaced) (*displaced)->done->notify();  // without a response: it is told that there is no place
  if (threads_.try_post([this] { run_next(); })) return true;
  return !leave(party, waiting);
}

bool SlowLane::leave(const Queue::Party& party, const std::shared_ptr<Waiting>& waiting) {
  const std::lock_guard lock(mutex_);
  return queue_.remove(party, waiting);
}

void SlowLane::run_next() {
  std::shared_ptr<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    auto next = queue_.pop();
    if (!next) return;  // it left
    waiting = *std::move(next);
  }
  waiting->response = waiting->answer();
  waiting->done->notify();
}

void SlowLane::close() {
  std::vector<std::shared_ptr<Waiting>> turned_away;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    turned_away = queue_.clear();
  }
  for (const auto& waiting : turned_away) waiting->done->notify();
}

std::size_t SlowLane::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

}  // namespace larder::api
