#include "origin/connection_pool.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace larder::origin {

ConnectionPool::Lease::Lease(ConnectionPool& pool, Origin origin, Use use, std::unique_ptr<net::ByteStream> stream,
                             bool was_used)
    : pool_(&pool), origin_(std::move(origin)), use_(use), stream_(std::move(stream)), was_used_(was_used) {
  pool_->leased_.insert(stream_.get());
}

ConnectionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      origin_(std::move(other.origin_)),
      use_(other.use_),
      stream_(std::move(other.stream_)),
      was_used_(other.was_used_) {}

ConnectionPool::Lease::~Lease() {
  if (pool_ == nullptr) return;
  stream_->close();
  pool_->leased_.erase(stream_.get());
  pool_->give_up_place(origin_, use_, nullptr);
}

void ConnectionPool::Lease::give_back() {
  CHECK(pool_ != nullptr, "a connection was given back twice");
  stream_->expire_at(SteadyTime::max());
  pool_->leased_.erase(stream_.get());
  std::exchange(pool_, nullptr)->give_up_place(origin_, use_, std::move(stream_));
}

void ConnectionPool::abort() {
  is_over_ = true;
  close_idle();
  for (auto& [origin, group] : groups_) {
    for (const auto& waiter : group.waiting) waiter->wakeup->notify();
  }
  for (net::ByteStream* stream : leased_) stream->abort();
}

ConnectionPool::ConnectionPool(Executor executor, Connector& connector, const Clock& clock, Options options)
    : executor_(executor), connector_(connector), clock_(clock), options_(options), timer_(executor) {}

ConnectionPool::~ConnectionPool() {
  CHECK(leased_count_ == 0, "a connection pool was destroyed before its leases had ended");
  close_idle();
}

Task<Result<ConnectionPool::Lease>> ConnectionPool::acquire(const Target& target, Want want, Use use,
                                                            Deadline deadline) {
  Origin origin;
  origin.tls = target.tls;
  origin.port = target.port;
  origin.host = target.host;
  CO_TRY(auto kept, co_await take_place(origin, want, use, deadline));
  if (kept) co_return Lease(*this, std::move(origin), use, std::move(kept), true);

  auto made = co_await connector_.connect(target, deadline);
  if (!made) {
    give_up_place(origin, use, nullptr);
    co_return std::unexpected(std::move(made).error());
  }
  co_return Lease(*this, std::move(origin), use, *std::move(made), false);
}

bool ConnectionPool::may_take(const Group& group, Use use) const {
  return use == Use::kShared || group.for_one_client < std::max<std::size_t>(1, options_.connections_per_origin / 2);
}

Task<Result<std::unique_ptr<net::ByteStream>>> ConnectionPool::take_place(Origin origin, Want want, Use use,
                                                                          Deadline deadline) {
  if (is_over_) co_return fail(Errc::kCancelled, "the node is stopping");
  Group& group = groups_[origin];  // stays: it is erased only when nobody leases or waits
  std::unique_ptr<net::ByteStream> kept;
  if (want == Want::kAny && may_take(group, use)) kept = take_idle(group);
  if (kept || (group.leased < options_.connections_per_origin && may_take(group, use))) {
    ++group.leased;
    if (use == Use::kOneClient) ++group.for_one_client;
    ++leased_count_;
    while (!group.idle.empty() && group.leased + group.idle.size() > options_.connections_per_origin) {
      group.idle.erase(group.idle.begin());
      --idle_count_;
    }
    co_return kept;
  }

  const auto waiter = std::make_shared<Waiter>();
  waiter->wakeup = net::Wakeup::make(executor_);
  waiter->wakeup->arm();
  waiter->use = use;
  const auto place = group.waiting.insert(group.waiting.end(), waiter);
  co_await waiter->wakeup->wait(deadline.time());
  if (!waiter->has_place) {
    group.waiting.erase(place);
    drop_if_empty(origin);
    if (is_over_) co_return fail(Errc::kCancelled, "the node is stopping");
    co_return fail(Errc::kTimeout, "all connections to {} that are for {} are in use, of {} in all", origin.host,
                   use == Use::kShared ? "what is cached" : "what is forwarded", options_.connections_per_origin);
  }
  if (want == Want::kFresh || (waiter->stream && !waiter->stream->is_idle())) waiter->stream.reset();
  co_return std::move(waiter->stream);
}

std::unique_ptr<net::ByteStream> ConnectionPool::take_idle(Group& group) {
  const SteadyTime now = clock_.now();
  while (!group.idle.empty()) {
    Idle latest = std::move(group.idle.back());
    group.idle.pop_back();
    --idle_count_;
    if (now - latest.since < options_.idle_timeout && latest.stream->is_idle()) return std::move(latest.stream);
  }
  return nullptr;
}

void ConnectionPool::give_up_place(const Origin& origin, Use use, std::unique_ptr<net::ByteStream> stream) {
  Group& group = groups_.at(origin);
  if (use == Use::kOneClient) --group.for_one_client;
  const auto may_have_it = [&](const auto& each) { return !is_over_ && may_take(group, each->use); };
  const auto next = std::ranges::find_if(group.waiting, may_have_it);
  if (next != group.waiting.end()) {
    std::shared_ptr<Waiter> waiter = std::move(*next);
    group.waiting.erase(next);
    if (waiter->use == Use::kOneClient) ++group.for_one_client;
    waiter->stream = std::move(stream);
    waiter->has_place = true;
    waiter->wakeup->notify();
    return;
  }
  --group.leased;
  --leased_count_;
  if (stream && idle_count_ < options_.idle_limit) {
    group.idle.push_back({std::move(stream), clock_.now()});
    ++idle_count_;
    arm_timer();
  }
  drop_if_empty(origin);
}

void ConnectionPool::drop_if_empty(const Origin& origin) {
  const auto found = groups_.find(origin);
  const Group& group = found->second;
  if (group.idle.empty() && group.leased == 0 && group.waiting.empty()) groups_.erase(found);
}

void ConnectionPool::close_idle() {
  for (auto group = groups_.begin(); group != groups_.end();) {
    idle_count_ -= group->second.idle.size();
    group->second.idle.clear();
    const auto current = group++;
    drop_if_empty(Origin(current->first));
  }
}

void ConnectionPool::close_outdated() {
  const SteadyTime now = clock_.now();
  for (auto group = groups_.begin(); group != groups_.end();) {
    idle_count_ -= std::erase_if(group->second.idle, [&](const Idle& idle) {
      return now - idle.since >= options_.idle_timeout || !idle.stream->is_idle();
    });
    const auto current = group++;
    drop_if_empty(Origin(current->first));
  }
}

void ConnectionPool::arm_timer() {
  if (timer_armed_) return;
  timer_armed_ = true;
  timer_.start(timer_.time().now() + options_.idle_timeout / 2, [this] {
    timer_armed_ = false;
    close_outdated();
    if (idle_count_ > 0) arm_timer();
  });
}

}  // namespace larder::origin
