#include "node/egress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/idle_stream.h"
#include "support/manual_clock.h"
#include "support/task_fixture.h"

namespace larder::node {
namespace {

using std::chrono::seconds;

// FullStream: a stream whose client takes `rate` bytes a second. It takes `room` bytes at once, and no more until the
// client has taken all of them.
class FullStream final : public support::IdleStream {
 public:
  FullStream(support::ManualClock& clock, std::uint64_t room, std::uint64_t rate)
      : clock_(clock), room_(room), rate_(rate) {}

  net::IoStep try_write(std::span<const std::byte> from, net::More /*more*/) override {
    if (waiting_ > 0) return net::IoStep::want_write();
    waiting_ = std::min<std::uint64_t>(room_, from.size());
    return net::IoStep::moved(waiting_);
  }
  /// Lasts until the client has taken everything, or the deadline.
  Task<Result<>> wait(net::IoStep::Kind /*want*/) override {
    while (waiting_ > 0) {
      if (clock_.now() >= deadline_) co_return fail(Errc::kTimeout, "the client takes nothing");
      clock_.advance(seconds(1));
      waiting_ -= std::min(waiting_, rate_);
    }
    co_return Result<>();
  }
  void expire_at(SteadyTime deadline, const std::atomic<bool>* /*or_when_set*/) override { deadline_ = deadline; }
  std::uint64_t unacknowledged() const override { return waiting_; }

 private:
  support::ManualClock& clock_;
  const std::uint64_t room_;
  const std::uint64_t rate_;
  std::uint64_t waiting_ = 0;
  SteadyTime deadline_ = SteadyTime::max();
};

class EgressTest : public support::TaskFixture {
 protected:
  /// What sending 4 MB comes to for a client that takes so much a second; the kernel holds 2 MB of it.
  Result<> send(std::uint64_t rate) {
    FullStream stream(clock_, 2'000'000, rate);
    const ClientPace::Limits pace = {.stall = seconds(60), .bytes_per_second = 500};
    Egress egress(stream, limiter_, clock_, executor(), pace);
    const std::vector<std::byte> bytes(4'000'000);
    const Result<> sent = run(egress.send(bytes));
    EXPECT_EQ(egress.client_failed(), !sent);
    EXPECT_EQ(egress.client_too_slow(), !sent && sent.error().code == Errc::kRefused);
    return sent;
  }

  support::ManualClock clock_;
  EgressLimiter limiter_;
};

TEST_F(EgressTest, ASlowClientGoesOnHoweverLongTheKernelsBufferIsFull) { EXPECT_TRUE(send(1'000)); }

TEST_F(EgressTest, AClientThatTakesNothingIsCutOff) {
  const SteadyTime begun = clock_.now();
  EXPECT_EQ(send(0).error().code, Errc::kTimeout);
  EXPECT_GE(clock_.now() - begun, seconds(60));
  EXPECT_LE(clock_.now() - begun, seconds(90));
}

TEST_F(EgressTest, AClientThatTakesTooLittleIsCutOff) {
  const SteadyTime begun = clock_.now();
  EXPECT_EQ(send(499).error().code, Errc::kRefused);
  EXPECT_LE(clock_.now() - begun, seconds(90));
}

}  // namespace
}  // namespace larder::node
