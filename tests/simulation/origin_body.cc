// How a simulated origin sends bodies: as fast as it likes, and as far as it gets.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/read_plan.h"
#include "core/bytes.h"
#include "simulation/simulated_origin.h"
#include "support/content.h"

namespace larder::simulation {

using std::chrono::seconds;

namespace {

// How long it may take what nobody wants: for a client that may come back, a slice that comes too slowly, and what lies
// in buffers.
constexpr seconds kMostUnwanted{25};
// And what a fill was begun for before the last client left, if it comes faster than these bytes a second
// (kWorthwhile in cache/fill.cc).
constexpr double kWorthwhile = 32.0 * kKiB;
constexpr double kCommitted = cache::ReadPlan::kRunSlices * double{kMiB};

support::Elapsed most_unwanted(const Pace& pace) {
  const std::chrono::duration<double> pause = pace.pause;
  const double rate = static_cast<double>(pace.block) / pause.count();
  const std::chrono::duration<double> committed(rate > kWorthwhile ? kCommitted / rate : 0);
  return kMostUnwanted + std::chrono::duration_cast<support::Elapsed>(committed);
}

std::span<const std::byte> raw_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

bool may_stumble(Trouble trouble) {
  return trouble == Trouble::kStallsInBody || trouble == Trouble::kHugeLength || trouble == Trouble::kResets ||
         trouble == Trouble::kEndsEarly;
}

}  // namespace

/// False: the node has gone meanwhile.
Task<bool> SimulatedOrigin::keep_pace(Session& session, const Resource& resource, const Body& body) {
  const bool slow = body.pace.pause.count() > 0 && site_.now() < body.slow_until;
  if (!slow) co_return true;
  if (body.trouble == Trouble::kEndless) {
    blame(resource.url, body.pace.pause);
    look_for_readers(resource.url, body.pace);
  } else if (body.trouble == Trouble::kTrickles) {
    service_.disturbed(resource.url, site_.now() + body.pace.pause);
  } else {
    service_.slow(resource.url, site_.now() + body.pace.pause);
  }
  co_return co_await dawdle(session, resource.url, body.pace.pause);
}

/// A pause in a body: so long it holds a slice of the fill memory, of which its origin has a share.
Task<bool> SimulatedOrigin::dawdle(Session& session, const support::Url& url, std::chrono::nanoseconds how_long) {
  ++dawdling_[url.host];
  note_crowds(site_.now() + how_long);
  const bool goes_on = co_await session.pause(how_long);
  if (--dawdling_[url.host] == 0) dawdling_.erase(url.host);
  co_return goes_on;
}

/// The first buffers of origins come from one half of the memory, while there is some of it; of the other one each may
/// have twice what is free (docs/decisions/0015-one-partys-fault.md). A quarter of it may be what no drive took.
void SimulatedOrigin::note_crowds(support::Elapsed until) {
  std::uint64_t held = 0;
  for (const auto& [host, bodies] : dawdling_) held += bodies;
  const std::uint64_t first = work_.fill_memory / 2 / kMiB;
  held -= std::min(first, dawdling_.size());
  const std::uint64_t shared = work_.fill_memory / 2 / 4 * 3;
  const std::uint64_t is_free = shared - std::min(shared, held * kMiB);
  for (const auto& [host, bodies] : dawdling_) {
    if (bodies * kMiB > 2 * is_free) service_.crowded(host, until);
  }
  if (dawdling_.size() >= first && is_free < kMiB) service_.disturbed(until);  // nothing is left for anybody
}

/// Nobody takes what has no end if nobody wants it.
void SimulatedOrigin::look_for_readers(const support::Url& url, const Pace& pace) {
  const auto unwanted = service_.unwanted_for(url, site_.now());
  if (!unwanted || *unwanted < most_unwanted(pace) || service_.is_disturbed({}, site_.now() - *unwanted)) return;
  service_.violated(fmt::format("the node takes a body of {} that has no end, and nobody has asked for it for {}",
                                to_string(url), support::to_string(*unwanted)));
}

/// Whether it goes on behind a place where something is wrong.
Task<bool> SimulatedOrigin::stumble(Session& session, const support::Url& url, Trouble trouble) {
  switch (trouble) {
    case Trouble::kStallsInBody:
      blame(url, seconds(30));
      co_return co_await dawdle(session, url, random_.time(seconds(5), seconds(30)));
    case Trouble::kHugeLength: {
      const auto lasts = random_.time(seconds(0), seconds(30));
      blame(url, lasts);
      const bool goes_on = co_await dawdle(session, url, lasts);
      if (goes_on && random_.happens(5'000)) session.stream->abort();
      co_return false;
    }
    case Trouble::kResets: session.stream->abort(); co_return false;
    case Trouble::kEndsEarly: co_return false;
    default: co_return true;
  }
}

Task<bool> SimulatedOrigin::send_body(Session& session, const Resource& resource, const OriginReply& reply,
                                      Trouble trouble) {
  const std::uint64_t size = reply.end - reply.begin;
  // Of a body that is said to be huge less than a slice, so that nothing of it is stored.
  const std::uint64_t reach = trouble == Trouble::kHugeLength ? std::min(size, kMiB - 1) : size;
  const std::uint64_t breaks_at = reply.begin + random_.below(reach + 1);
  Body body;
  body.trouble = trouble;
  body.pace = Pace::draw(trouble, size, random_);
  body.slow_until = after(body.pace.slow_for);
  const support::Elapsed ends = after(body.pace.gives_up_after);
  if (!reply.before.empty()) {
    if (!co_await session.stream->write_all(raw_bytes(reply.before))) co_return end_early(session, reply);
  }
  bool stumbled = false;
  for (std::uint64_t at = reply.begin; at < reply.end;) {
    if (body.pace.pause.count() > 0) {
      service_.slow_body(resource.url, session.stream->number(), at, site_.now());
    }
    if (!co_await keep_pace(session, resource, body)) co_return end_early(session, reply);
    std::uint64_t next = std::min(reply.end, at + body.pace.block);
    const bool stumbles = may_stumble(trouble) && !stumbled && at <= breaks_at && breaks_at < next;
    if (stumbles) next = breaks_at;
    const support::OriginRange piece{at, next};
    if (at < next) {
      if (!co_await send_block(session, resource, reply, piece)) co_return end_early(session, reply);
    }
    at = next;
    if (stumbles) {
      if (!co_await stumble(session, resource.url, trouble)) co_return end_early(session, reply);
    }
    stumbled = stumbled || stumbles;
    if (site_.now() >= ends) co_return end_early(session, reply);
  }
  if (trouble == Trouble::kEndsEarly || trouble == Trouble::kResets) co_return end_early(session, reply);
  const std::string_view last = reply.chunked ? "0\r\n\r\n" : std::string_view(reply.behind);
  if (!last.empty()) {
    if (!co_await session.stream->write_all(raw_bytes(last))) co_return end_early(session, reply);
  }
  co_return true;
}

Task<bool> SimulatedOrigin::send_block(Session& session, const Resource& resource, const OriginReply& reply,
                                       support::OriginRange range) {
  std::vector<std::byte> block(range.size());
  support::fill(block, reply.object.seed, range.begin);
  auditor_.sent(resource.url, reply.object, range.begin, range.end);
  counters_.bytes += block.size();
  const std::string frame = reply.chunked ? fmt::format("{:x}\r\n", block.size()) : "";
  if (reply.chunked) {
    if (!co_await session.stream->write_all(raw_bytes(frame))) co_return false;
  }
  if (!co_await session.stream->write_all(block)) co_return false;
  if (reply.chunked) {
    if (!co_await session.stream->write_all(raw_bytes("\r\n"))) co_return false;
  }
  co_return true;
}

/// Where the end is all that tells the length, an early one would be no fault that anybody can see: also if it is the
/// origin that has waited too long for the node to take more.
bool SimulatedOrigin::end_early(Session& session, const OriginReply& reply) {
  if (reply.to_end) session.stream->abort();
  return false;
}

support::Elapsed SimulatedOrigin::after(std::chrono::microseconds time) const {
  return time == std::chrono::microseconds::max() ? support::kForever : site_.now() + time;
}

}  // namespace larder::simulation
