#include "origin/connection_pool.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace larder::origin {

ConnectionPool::Lease::Lease(ConnectionPool& pool, Origin origin, Purpose purpose,
                             std::unique_ptr<net::ByteStream> stream, bool was_used)
    : pool_(&pool), origin_(std::move(origin)), purpose_(purpose), stream_(std::move(stream)), was_used_(was_used) {
  pool_->leased_.insert(stream_.get());
}

ConnectionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      origin_(std::move(other.origin_)),
      purpose_(other.purpose_),
      stream_(std::move(other.stream_)),
      was_used_(other.was_used_) {}

ConnectionPool::Lease::~Lease() {
  if (pool_ == nullptr) return;
  stream_->close();
  pool_->leased_.erase(stream_.get());
  pool_->give_up_place(origin_, purpose_, nullptr);
}

void ConnectionPool::Lease::give_back() {
  CHECK(pool_ != nullptr, "a connection was given back twice");
  stream_->expire_at(SteadyTime::max());
  pool_->leased_.erase(stream_.get());
  std::exchange(pool_, nullptr)->give_up_place(origin_, purpose_, std::move(stream_), was_used_);
}

void ConnectionPool::abort() {
  is_over_ = true;
  close_idle();
  for (auto& [origin, group] : groups_) {
    for (const Line& line : group.waiting) {
      for (const auto& waiter : line) waiter->wakeup->notify();
    }
  }
  for (net::ByteStream* stream : leased_) stream->abort();
}

ConnectionPool::ConnectionPool(Executor executor, Connector& connector, const Clock& clock, Options options)
    : executor_(executor), connector_(connector), clock_(clock), options_(options), timer_(executor) {}

ConnectionPool::~ConnectionPool() {
  CHECK(leased_count_ == 0, "a connection pool was destroyed before its leases had ended");
  close_idle();
}

Task<Result<ConnectionPool::Lease>> ConnectionPool::acquire(const Target& target, const Ask& ask, Deadline deadline) {
  Origin origin;
  origin.tls = target.tls;
  origin.port = target.port;
  origin.host = target.host;
  CO_TRY(auto place, co_await take_place(origin, ask, deadline));
  if (is_over_) {  // since the place was given
    give_up_place(origin, place.purpose, nullptr);
    co_return fail(Errc::kCancelled, "the node is stopping");
  }
  if (place.stream) co_return Lease(*this, std::move(origin), place.purpose, std::move(place.stream), true);

  const Deadline by = ask.turn ? ask.turn->extended(deadline) : deadline;
  auto made = co_await connector_.connect(target, by.within(ask.connection_timeout, clock_.now()));
  if (!made) {
    give_up_place(origin, place.purpose, nullptr);
    co_return std::unexpected(std::move(made).error());
  }
  if (is_over_) {  // abort() knew nothing of this connection
    (*made)->close();
    give_up_place(origin, place.purpose, nullptr);
    co_return fail(Errc::kCancelled, "the node is stopping");
  }
  co_return Lease(*this, std::move(origin), place.purpose, *std::move(made), false);
}

bool ConnectionPool::may_take(const Group& group, Purpose purpose) const {
  return origin::may_take(group.taken, options_.connections_per_origin, purpose);
}

Purpose ConnectionPool::best_of(const Group& group, Purpose purpose, const std::vector<std::uint64_t>& clients) {
  if (std::ranges::find(clients, 0U) != clients.end()) purpose.client = 0;
  if (purpose.client == 0) return purpose;
  std::size_t fewest = group.taken.of_client(purpose.client);
  for (const std::uint64_t client : clients) {
    const std::size_t held = group.taken.of_client(client);
    if (held >= fewest) continue;
    purpose.client = client;
    fewest = held;
  }
  return purpose;
}

Task<Result<ConnectionPool::Place>> ConnectionPool::take_place(Origin origin, const Ask& ask, Deadline deadline) {
  if (is_over_) co_return fail(Errc::kCancelled, "the node is stopping");
  Group& group = groups_[origin];  // stays: it is erased only when nobody leases or waits
  Turn* const turn = ask.turn.get();
  Purpose purpose{ask.use, turn == nullptr ? Urgency::kFirstByte : turn->urgency(), ask.client};
  if (turn != nullptr) purpose = best_of(group, purpose, turn->clients());
  if (may_take(group, purpose)) co_return take(group, ask.want, purpose);

  const auto waiter = std::make_shared<Waiter>();
  waiter->wakeup = net::Wakeup::make(executor_);
  waiter->want = ask.want;
  waiter->purpose = purpose;
  const SteadyTime began = clock_.now();
  const Deadline by = turn == nullptr ? deadline : turn->extended(deadline);
  co_await wait_in_line(group, waiter, turn, by);
  if (turn != nullptr) turn->add_wait(clock_.now() - began, !waiter->place && !is_over_);
  if (waiter->place) co_return *std::move(waiter->place);
  const bool has_its_share = origin::has_its_share(group.taken, options_.connections_per_origin, waiter->purpose);
  drop_if_empty(origin);
  if (is_over_) co_return fail(Errc::kCancelled, "the node is stopping");
  if (has_its_share) {
    co_return fail(Errc::kTimeout, "the client has as many connections to {} as one client may have, of {} in all",
                   origin.host, options_.connections_per_origin);
  }
  co_return fail(Errc::kTimeout, "all connections to {} that are for {} are in use, of {} in all", origin.host,
                 ask.use == Use::kShared ? "what is cached" : "what is forwarded", options_.connections_per_origin);
}

Task<void> ConnectionPool::wait_in_line(Group& group, const std::shared_ptr<Waiter>& waiter, Turn* turn,
                                        Deadline deadline) {
  Urgency& urgency = waiter->purpose.urgency;
  const auto at = group.line(urgency).insert(group.line(urgency).end(), waiter);
  count_waiting(urgency, +1);
  if (turn != nullptr) turn->set_waiting(waiter->wakeup);
  while (!waiter->place && !is_over_) {
    waiter->wakeup->arm();
    const Urgency risen = turn == nullptr ? urgency : turn->urgency();
    auto clients = turn == nullptr ? std::vector<std::uint64_t>() : turn->clients();
    if (risen != urgency) {
      group.line(risen).splice(group.line(risen).end(), group.line(urgency), at);
      count_waiting(urgency, -1);
      count_waiting(risen, +1);
    }
    if (risen != urgency || clients.size() != waiter->clients.size()) {
      waiter->clients = std::move(clients);
      urgency = risen;
      serve_waiting(group);
      continue;
    }
    if (!co_await waiter->wakeup->wait(deadline.time())) break;
  }
  if (turn != nullptr) turn->set_waiting(nullptr);
  if (waiter->place) co_return;  // no longer in line
  group.line(urgency).erase(at);
  count_waiting(urgency, -1);
}

void ConnectionPool::serve_waiting(Group& group) {
  if (is_over_) return;
  for (std::size_t i = kUrgencies; i-- > 0;) {
    const auto urgency = static_cast<Urgency>(i);
    Line& line = group.line(urgency);
    while (!line.empty() && may_take(group, {Use::kShared, urgency})) {
      const auto next = next_in(line, group);
      if (next == line.end()) break;
      Waiter& waiter = **next;
      waiter.place = take(group, waiter.want, best_of(group, waiter.purpose, waiter.clients));
      waiter.wakeup->notify();
      line.erase(next);
      count_waiting(urgency, -1);
    }
  }
}

ConnectionPool::Line::iterator ConnectionPool::next_in(Line& line, const Group& group) const {
  auto best = line.end();
  std::size_t fewest = 0;
  for (auto each = line.begin(); each != line.end(); ++each) {
    const Purpose purpose = best_of(group, (*each)->purpose, (*each)->clients);
    const std::size_t held = group.taken.of_client(purpose.client);
    if ((best != line.end() && held >= fewest) || !may_take(group, purpose)) continue;
    best = each;
    fewest = held;
    if (held == 0) break;
  }
  return best;
}

void ConnectionPool::count_waiting(Urgency urgency, int change) {
  waiting_counts_[static_cast<std::size_t>(urgency)].fetch_add(static_cast<std::size_t>(change),
                                                               std::memory_order_relaxed);
}

ConnectionPool::Place ConnectionPool::take(Group& group, Want want, Purpose purpose) {
  Place place{purpose, want == Want::kAny ? take_idle(group) : nullptr};
  group.taken.add(purpose);
  ++leased_count_;
  while (!group.idle.empty() && group.taken.all + group.idle.size() > options_.connections_per_origin) {
    group.idle.erase(group.idle.begin());
    --idle_count_;
  }
  return place;
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

void ConnectionPool::give_up_place(const Origin& origin, Purpose purpose, std::unique_ptr<net::ByteStream> stream,
                                   bool was_used) {
  Group& group = groups_.at(origin);
  group.taken.remove(purpose);
  --leased_count_;
  if (stream) {
    group.idle.push_back({std::move(stream), clock_.now(), was_used});
    ++idle_count_;
  }
  serve_waiting(group);
  if (idle_count_ > options_.idle_limit) close_least_wanted();
  if (idle_count_ > 0) arm_timer();
  drop_if_empty(origin);
}

void ConnectionPool::close_least_wanted() {
  const auto rank = [](const Idle& idle) { return std::pair(idle.was_used, idle.since); };
  auto from = groups_.end();
  std::size_t place = 0;
  for (auto group = groups_.begin(); group != groups_.end(); ++group) {
    const std::vector<Idle>& idle = group->second.idle;
    for (std::size_t i = 0; i < idle.size(); ++i) {
      if (from != groups_.end() && rank(idle[i]) >= rank(from->second.idle[place])) continue;
      from = group;
      place = i;
    }
  }
  CHECK(from != groups_.end(), "connections are counted that are not there");
  from->second.idle.erase(from->second.idle.begin() + static_cast<std::ptrdiff_t>(place));
  --idle_count_;
  if (from->second.is_unused()) groups_.erase(from);
}

bool ConnectionPool::Group::is_unused() const {
  return idle.empty() && taken.all == 0 && std::ranges::all_of(waiting, &Line::empty);
}

void ConnectionPool::drop_if_empty(const Origin& origin) {
  const auto found = groups_.find(origin);
  if (found != groups_.end() && found->second.is_unused()) groups_.erase(found);
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
