#include "node/egress.h"

#include <utility>

#include "net/timer.h"

namespace larder::node {

Task<void> Egress::wait_turn() {
  while (limiter_.limited()) {
    const auto delay = limiter_.delay(clock_.now());
    if (delay.count() == 0) break;
    net::Timer timer(executor_);
    co_await timer.wait(timer.time().now() + delay);
    since_wait_ = 0;
  }
  if (since_wait_ < kTurn) co_return;
  since_wait_ = 0;
  co_await asio::post(executor_, asio::use_awaitable_t<Executor>{});
}

Task<Result<>> Egress::wait(net::IoStep::Kind want) {
  since_wait_ = 0;
  if (want != net::IoStep::Kind::kWantWrite && want != net::IoStep::Kind::kWantRead) {
    client_failed_ = true;
    co_return fail(Errc::kUnavailable, "the client closed the connection");
  }
  if (!taken_) taken_ = taken();
  for (;;) {
    const SteadyTime begun = clock_.now();
    stream_.expire_at(begun + patience_ / kLooks);
    auto waited = co_await stream_.wait(want);
    const std::int64_t before = std::exchange(*taken_, taken());
    const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *taken_ - before));
    const ClientPace::Verdict verdict = pace_.waited(clock_.now() - begun, bytes);
    if (waited && verdict != ClientPace::Verdict::kTooSlow) co_return waited;
    if (!waited && waited.error().code == Errc::kTimeout && verdict == ClientPace::Verdict::kGoesOn) continue;
    client_failed_ = true;
    client_too_slow_ = verdict == ClientPace::Verdict::kTooSlow;
    if (client_too_slow_) co_return fail(Errc::kRefused, "the client takes less than it has to");
    co_return waited;
  }
}

Task<Result<>> Egress::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (must_wait()) co_await wait_turn();
    const net::IoStep step = stream_.try_write(bytes.first(allowed(bytes.size())), net::More::kNo);
    if (step.kind == net::IoStep::Kind::kMoved) {
      charge(step.bytes);
      bytes = bytes.subspan(step.bytes);
    } else {
      CO_TRY_VOID(co_await wait(step.kind));
    }
  }
  co_return Result<>();
}

}  // namespace larder::node
