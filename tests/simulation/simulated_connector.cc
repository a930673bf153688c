#include "simulation/simulated_connector.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/bytes.h"
#include "net/timer.h"

namespace larder::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

Manner draw_manner(const Workload& work, Random& random) {
  Manner manner;
  manner.most_delay = random.one_of({milliseconds(1), milliseconds(5), milliseconds(80)});
  manner.buffer = random.one_of<std::size_t>({64 * kKiB, 256 * kKiB, 1 * kMiB});
  // Pieces of a few bytes are rare: a megabyte of them would be a whole run.
  manner.largest_piece = kMiB;
  if (random.happens(300)) manner.largest_piece = random.one_of<std::size_t>({3'000, 9'000, 30'000});
  if (!random.happens(work.bad_links)) return manner;
  if (random.happens(5'000)) {
    manner.resets_after = random.below(6 * kMiB);
  } else {
    manner.stalls_after = random.below(4 * kMiB);
    manner.stall = random.time(seconds(1), seconds(25));
  }
  return manner;
}

Task<Result<std::unique_ptr<net::ByteStream>>> SimulatedConnector::connect(const origin::Target& target,
                                                                           Deadline deadline) {
  net::Timer timer(executor_);
  const bool refused = random_.happens(world_.refusals);
  const bool late = random_.happens(world_.delays);
  const auto takes = late ? random_.time(seconds(1), seconds(20)) : random_.time(milliseconds(0), milliseconds(10));
  if (refused || late) world_.note_outage();
  const SteadyTime until = timer.time().now() + takes;
  co_await timer.wait(std::min(until, deadline.time()));
  if (cut_) co_return fail(Errc::kCancelled, "the node is gone");
  if (until > deadline.time()) co_return fail(Errc::kTimeout, "the origin does not answer");
  if (refused) co_return fail(Errc::kUnavailable, "the origin refuses connections");
  auto [ours, theirs] = world_.network.connect(executor_, world_.others, world_.manner(target, random_));
  world_.accept(std::move(theirs));
  std::unique_ptr<net::ByteStream> made = std::move(ours);
  co_return made;
}

}  // namespace larder::simulation
