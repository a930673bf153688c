// UrlEntry: what this node knows of one URL, and who is finding out more.
//
// At most one party at a time asks the disk or the origin about a URL; everybody else who wants it waits for what
// that comes to, a "round". So a thousand clients of a new URL are one origin request.
//
// Threads    all calls from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "cache/forward.h"
#include "cache/object.h"
#include "cache/purges.h"
#include "cache/round.h"
#include "core/clock.h"
#include "net/wakeup.h"

namespace larder::cache {

class UrlEntry {
 public:
  enum class Next {
    kServe,       // `object` may be served
    kLoad,        // look on disk, then loaded()
    kLearn,       // ask the origin, then finish(); the wakeup is registered
    kRevalidate,  // as kLearn, with `object` as the version that is at hand
    kWait,        // somebody else does: wait for the wakeup
    kForward,     // ask the origin for this request alone
  };
  struct Step {
    Next next;
    std::shared_ptr<Object> object;
    std::shared_ptr<Round> round;  // kLearn, kRevalidate, kWait
    Forward forward = {};          // kForward
  };

  /// `purges`: those in force, which must outlive it; null: none ever is.
  explicit UrlEntry(const Purges* purges = nullptr) : purges_(purges) {}

  /// `asked`: what the caller would ask the origin. What was asked before a purge of it, nobody waits for any more.
  Step begin(SteadyTime now, const std::shared_ptr<net::Wakeup>& wakeup,
             std::shared_ptr<const origin::OriginRequest> asked = nullptr);
  /// `round` takes too long for those who would ask for something else: the next begin() starts another beside it,
  /// unless somebody has already.
  void overtake(const std::shared_ptr<Round>& round);
  /// Ends the round that begin() started with kLoad: whoever waits looks again, as only the origin's word is for all.
  /// `object` (null: there is none) is the URL's from now on.
  void loaded(std::shared_ptr<Object> object);
  /// Ends the round that begin() started with kLearn or kRevalidate. With an object, that is the URL's from now on, and
  /// an older one of another version is superseded; if a round beside it has found the same version, that one stays.
  /// What is of another version than a round beside it has found, or was replaced meanwhile, comes too late: it is
  /// superseded, whoever waited looks again, and false is the answer. So it is with what was purged since it was asked
  /// for, but that who reads what was there before goes on. `for_all`: Round::finish().
  bool finish(const std::shared_ptr<Round>& round, RoundEnd end, bool for_all = false);
  /// The origin's answer to a request that was forwarded is one to keep: the next request may learn it, but where
  /// content changes too fast for that.
  void may_be_kept();

  std::shared_ptr<Object> object() const;
  /// As it is after all purges of `target`, which is this URL's: null if it is not to be used any more.
  std::shared_ptr<Object> object(const origin::Target& target);
  // Standing: how it is now, for people.
  struct Standing {
    std::shared_ptr<Object> object;
    bool asking = false;  // a round is under way
    Forward forward;      // until its time
  };
  Standing standing() const;
  enum class Why { kChanged, kIncomplete, kNotKept };
  /// Nobody gets `object` from the start any more. Whether it was the URL's. Of a URL to which it happens kMostChanges
  /// times within kChangesCounted that its origin has another version, requests are forwarded for as long.
  bool forget(const std::shared_ptr<Object>& object, Why why, SteadyTime now);

  /// What is at hand, and what is being read from a drive at this moment, is outdated, as another process has found:
  /// nobody gets it from the start any more.
  void drop();

  static constexpr int kMostChanges = 3;
  static constexpr auto kChangesCounted = std::chrono::minutes(2);

 private:
  bool is_late(const Round& round) const;
  void heed_purges(const origin::Target& target);
  bool is_purged(Object& found, const Round& round) const;
  void take(std::shared_ptr<Object>& object);

  const Purges* const purges_;
  mutable std::mutex mutex_;
  std::shared_ptr<Object> object_;
  bool looked_on_disk_ = false;
  bool dropped_ = false;          // since the round began
  std::shared_ptr<Round> round_;  // that others join; null: none
  Forward forward_;               // while its time lasts
  int changes_ = 0;
  SteadyTime first_change_{};
  std::vector<std::shared_ptr<net::Wakeup>> waiting_;
};

}  // namespace larder::cache
