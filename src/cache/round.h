// Round: what one party finds out about a URL, for all who wait for it, and what each of them makes of its end.
//
// Threads    Round: all calls from any thread. The rest: values and pure functions.
// Source     RFC 9111 4.2.4 (stale content while an origin is out).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cache/forward.h"
#include "cache/object.h"
#include "core/clock.h"
#include "core/result.h"
#include "origin/origin_client.h"
#include "origin/turn.h"

namespace larder::cache {

// Answer: what the origin said instead of giving an object: 404, a redirect that may not be followed, ...
struct Answer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

/// What a round came to. monostate: nothing that holds for others; look again.
using RoundEnd = std::variant<std::monostate, std::shared_ptr<Object>, std::shared_ptr<const Answer>, Forward, Error>;

class Round {
 public:
  /// `asked`: whose query the origin is asked with; null: nobody's in particular. `at_hand`: what the URL had when it
  /// began; null: nothing. `purges`: the number of the last one then.
  explicit Round(std::shared_ptr<const origin::OriginRequest> asked, std::shared_ptr<Object> at_hand = nullptr,
                 std::uint64_t purges = 0)
      : asked_(std::move(asked)), at_hand_(std::move(at_hand)), purges_(purges) {}

  const std::shared_ptr<const origin::OriginRequest>& asked() const { return asked_; }
  const std::shared_ptr<Object>& at_hand() const { return at_hand_; }
  std::uint64_t purges() const { return purges_; }
  /// Of the request that it comes to; raised by who waits for its end.
  const std::shared_ptr<origin::Turn>& turn() const { return turn_; }
  /// Null: it is not over. Valid as long as this.
  const RoundEnd* end() const { return over_.load(std::memory_order_acquire) ? &end_ : nullptr; }
  /// Whether the end holds for a request of `target`. REQUIRES: it is over.
  bool holds_for(const origin::Target& target) const;
  /// Its end is an Error of the origin. REQUIRES: it is over.
  bool is_for_all() const { return for_all_; }
  /// Called once. `for_all`: an Error is of the origin, and not of what it was asked.
  void finish(RoundEnd end, bool for_all);

  // Waiting: somebody waits for the end.
  class Waiting {
   public:
    explicit Waiting(Round& round) : round_(round) { round_.waiting_.fetch_add(1, std::memory_order_relaxed); }
    ~Waiting() { round_.waiting_.fetch_sub(1, std::memory_order_relaxed); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Round& round_;
  };
  bool is_awaited() const { return waiting_.load(std::memory_order_relaxed) > 0; }

 private:
  const std::shared_ptr<const origin::OriginRequest> asked_;
  const std::shared_ptr<Object> at_hand_;
  const std::uint64_t purges_;
  const std::shared_ptr<origin::Turn> turn_ = std::make_shared<origin::Turn>(origin::Urgency::kFirstByte);
  RoundEnd end_;
  bool for_all_ = false;
  std::atomic<bool> over_{false};
  std::atomic<int> waiting_{0};
};

/// Whether a content rule aside, which may give several queries and several origins one key, two requests ask the same
/// of the same origin; or the same origin, whatever they ask.
bool same_request(const origin::Target& a, const origin::Target& b);
/// Equal for the same request, and as good as never for another.
std::uint64_t request_number(const origin::Target& target);
bool same_origin(const origin::Target& a, const origin::Target& b);

/// Whether what `asked` came to holds for a request of `target`: what an origin refuses, or fails to do, is for those
/// who asked for the same; that it cannot be asked at all is `for_all` who ask that origin.
bool holds_for(const RoundEnd& end, bool for_all, const origin::Target& asked, const origin::Target& target);

struct Waiter {
  SteadyTime begun{};      // when the request began to wait
  bool has_stale = false;  // an older object is at hand
};

enum class RoundVerdict {
  kServe,      // the object of the round
  kStale,      // the older one: the origin is out
  kAnswer,     // pass on what the origin said
  kForward,    // have the origin answer this request itself
  kFail,       // with the round's error
  kLookAgain,  // it says nothing of this request
};

/// REQUIRES: the end holds for the waiter.
RoundVerdict judge(const RoundEnd& end, const Waiter& waiter, SteadyTime now);

}  // namespace larder::cache
