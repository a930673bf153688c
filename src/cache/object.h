// Object: one version of one URL's body: what it is, how long it is fresh, and which of its slices are on their way.
//
// Another version is another Object with another id, so slices of two versions can never meet. While it is in memory
// its freshness goes by the steady clock: a calendar that is set, and set back, makes nothing fresh for longer.
//
// Threads    all calls from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cache/filling_slice.h"
#include "cache/object_info.h"
#include "cache/purge_list.h"
#include "core/check.h"
#include "http/range.h"
#include "storage/slice_store.h"

namespace larder::cache {

class Object {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  /// What clients get of it besides its bytes.
  struct Shown {
    Fields fields;
    std::string header_lines;  // the same with ETag and Last-Modified
  };

  Object(ObjectInfo info, Moment now);

  const storage::ObjectId& id() const { return info_.id; }
  const std::string& etag() const { return info_.etag; }
  const std::string& last_modified() const { return info_.last_modified; }
  /// ObjectInfo::single.
  bool single() const { return info_.single; }
  /// ObjectInfo::strong_date.
  bool has_strong_date() const { return info_.strong_date; }
  std::shared_ptr<const Shown> shown() const;
  /// All that is known of it, as of `now`.
  ObjectInfo info(Moment now) const;
  /// kUnknownTotal until set_total(), for an origin that tells no length.
  std::uint64_t total() const { return total_.load(std::memory_order_acquire); }
  void set_total(std::uint64_t total);
  std::uint32_t slice_count() const;
  std::uint32_t slice_length(std::uint32_t number) const;
  storage::SliceKey key(std::uint32_t number) const { return {info_.id, number}; }

  /// False if the origin last answered a range with everything: then one fill brings all of it.
  bool ranges() const { return ranges_.load(std::memory_order_relaxed); }
  void set_ranges(bool ranges) { ranges_.store(ranges, std::memory_order_relaxed); }

  bool fresh(SteadyTime now) const { return is_before(now, fresh_until_) && !outdated(); }
  /// Fresh, or lent.
  bool usable(SteadyTime now) const { return fresh(now) || (is_before(now, lent_until_) && may_be_lent()); }
  /// Since the origin made or validated it.
  SteadyTime::duration age(SteadyTime now) const;
  /// When the origin was last asked.
  SteadyTime checked() const { return SteadyTime(SteadyTime::duration(checked_.load(std::memory_order_relaxed))); }
  /// The origin has said that it is still right, and what of it is new: describe_validated().
  void validated(const ObjectInfo& info, Moment now);
  /// It is usable for at least so long although it is not fresh: its origin does not answer.
  void lend(SteadyTime now, SteadyTime::duration grace);
  /// The same for those alone who ask what was not answered: request_number(). Of kLoans such, the last ones count.
  void lend_to(std::uint64_t request, SteadyTime now, SteadyTime::duration grace);
  /// usable(), or lent to those.
  bool usable_for(std::uint64_t request, SteadyTime now) const;
  /// One of several queries of its URL was given something else, which was not kept: it is served only once its origin
  /// has confirmed it, until when nothing is lent of it.
  void doubt() { doubted_.store(true, std::memory_order_relaxed); }
  bool doubted() const { return doubted_.load(std::memory_order_relaxed); }
  /// Up to which number the purges are known to it.
  std::uint64_t heeded() const { return heeded_.load(std::memory_order_acquire); }
  /// `purges` are the last ones of it of those up to `number`.
  void heed(PurgeVerdict purges, std::uint64_t number);
  /// Its origin has not been asked since it was purged.
  bool outdated() const {
    return confirmed_after_.load(std::memory_order_relaxed) < outdated_by_.load(std::memory_order_relaxed);
  }
  /// It is not to be used again, whatever its origin says. Whoever reads it goes on.
  bool purged() const { return outdated_by_.load(std::memory_order_relaxed) == kForEver; }
  /// ObjectInfo::rule.
  const std::string& rule() const { return info_.rule; }
  /// Its origin forbids to keep it: a content rule did not honour that when it came.
  bool forbidden() const { return forbidden_.load(std::memory_order_relaxed); }
  /// Its origin says that it does not change as long as it is fresh, which it is.
  bool never_changes(SteadyTime now) const { return immutable_.load(std::memory_order_relaxed) && fresh(now); }
  /// Whether other responses may bring what is missing of it, which nobody can say before its end is known.
  /// `never`: it changes, as the content rule or its origin says.
  bool completable(bool never) const { return total() != kUnknownTotal && (!single() || never); }
  /// The origin has another version now: what is stored may be served to its end, nothing more is filled.
  bool superseded() const { return superseded_.load(std::memory_order_relaxed); }
  void supersede() { superseded_.store(true, std::memory_order_relaxed); }

  // --- slices that are on their way, or in memory only ---

  // Underway: what is known of one of them.
  struct Underway {
    FillingSlice::State state = FillingSlice::State::kFilling;
    FillInterest::Origin origin = FillInterest::Origin::kAsked;
    bool begun = false;       // bytes of it are there
    std::uint32_t until = 0;  // the same holds for the slices up to this one
  };
  /// Nothing: nobody has taken it on.
  std::optional<Underway> underway(std::uint32_t number) const;
  /// How many somebody has taken on, or are not on a drive yet.
  std::uint64_t underway_count() const;
  /// The slice, made if its fill has not got there yet; null: nobody has taken it on.
  std::shared_ptr<FillingSlice> filling(std::uint32_t number);

  /// Takes on filling the run of missing slices that starts at `first`, at most `most` of them, for the one fill of
  /// `interest`. How many: 0 if the first one is stored or on its way, or the object is superseded.
  std::uint32_t claim(std::uint32_t first, std::uint32_t most, const storage::SliceStore& store,
                      const std::shared_ptr<FillInterest>& interest);
  /// Takes on what is missing of [first, end), in the place of all that the fill had taken on: its response brings all
  /// of that, however much it is. What another fill comes to first is that one's.
  void claim_all(std::uint32_t first, std::uint32_t end, const std::shared_ptr<FillInterest>& interest);
  /// The fill of `interest` has come to a slice that it has taken on. Null: it is stored, or another fill's; but what
  /// the other's origin has not said a word about goes to the one that has an answer.
  std::shared_ptr<FillingSlice> take(std::uint32_t number, const storage::SliceStore& store,
                                     const std::shared_ptr<FillInterest>& interest);
  /// Whether take() would give it.
  bool is_missing(std::uint32_t number, const storage::SliceStore& store,
                  const std::shared_ptr<FillInterest>& interest) const;
  /// The slice is nobody's again, if the origin has not said a word to the fill that took it on. For whoever has waited
  /// long enough for what another asked in other words.
  void take_over(std::uint32_t number);
  /// The fill brings no more: slices that somebody may wait for, and that are not whole.
  std::vector<std::shared_ptr<FillingSlice>> give_up(const std::shared_ptr<FillInterest>& interest);
  /// Somebody reads it, until leave(); what is read need not be on its way.
  void enter() { readers_.fetch_add(1, std::memory_order_relaxed); }
  void leave(SteadyTime now, bool had_entered = true) {
    left_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    if (had_entered) readers_.fetch_sub(1, std::memory_order_relaxed);
  }
  /// A reader has come to slice `number`.
  void note_read(std::uint32_t number) {
    std::uint32_t furthest = furthest_read_.load(std::memory_order_relaxed);
    while (number > furthest && !furthest_read_.compare_exchange_weak(furthest, number, std::memory_order_relaxed)) {
    }
  }
  std::uint32_t furthest_read() const { return furthest_read_.load(std::memory_order_relaxed); }
  bool has_readers() const { return readers_.load(std::memory_order_relaxed) > 0; }
  /// When the last one left; long ago if there was none.
  SteadyTime left_at() const { return SteadyTime(SteadyTime::duration(left_.load(std::memory_order_relaxed))); }

  /// The slice is found in the store from now on, or nowhere.
  void release(const std::shared_ptr<FillingSlice>& slice);

  /// How many slices to read ahead of `range`, from what was asked for before it: grows while readers go on where
  /// the last request ended.
  std::uint32_t note_request(http::ByteRange range);

  /// True at most once in a while: time to tell the store that the object's description is still wanted.
  bool due_for_touch(SteadyTime now);
  /// Whether the description that was written down last does not do any more: it says other things, or would keep the
  /// object fresh for longer, or is a minute old. True: the caller writes it down anew.
  bool due_for_description(SteadyTime now);

 private:
  // Loan: to who asks that.
  struct Loan {
    std::uint64_t request = 0;
    SteadyTime until = SteadyTime::min();
  };
  static constexpr std::size_t kLoans = 8;
  static constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t kStreams = 8;  // sequential readers of one object that are told apart
  static constexpr std::uint32_t kReadAheadSlices = 8;

  // Claimed: slices that a fill has taken on and not come to. There may be a million of them, so that a slice is made
  // when its fill comes to it, or somebody begins to wait for it.
  struct Claimed {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::shared_ptr<FillInterest> interest;
  };
  // Described: what was written down last.
  struct Described {
    SteadyTime at;
    std::int64_t fresh_until = 0;
    std::uint64_t confirmed_after = 0;
    std::shared_ptr<const Shown> shown;
  };
  struct Stream {
    std::uint64_t next = 0;
    std::uint32_t ahead = 0;
  };

  bool may_be_lent() const { return !doubted() && !purged(); }

  static bool is_before(SteadyTime now, const std::atomic<std::int64_t>& end) {
    return now.time_since_epoch().count() < end.load(std::memory_order_relaxed);
  }
  /// REQUIRES for these: mutex_.
  const Claimed* claimed(std::uint32_t number) const;
  std::shared_ptr<FillingSlice> make(std::uint32_t number, const std::shared_ptr<FillInterest>& interest);
  bool is_for(std::uint32_t number, const storage::SliceStore& store, const FillInterest& interest) const;
  /// Takes the slice from a fill that has no answer yet; null: there is none such. The caller abandons it, unlocked.
  std::shared_ptr<FillingSlice> take_from_silent(std::uint32_t number);

  /// What Cache-Control says of it.
  void note_terms(const ObjectInfo& info);
  void set_times(const ObjectInfo& info, Moment now);

  ObjectInfo info_;  // but for what is below, and without fields; never changed once it is made
  std::shared_ptr<const Shown> shown_;
  std::atomic<std::uint64_t> total_;
  std::atomic<bool> ranges_;
  std::atomic<bool> immutable_{false};
  std::atomic<bool> forbidden_{false};
  std::atomic<std::int64_t> fresh_until_{0};  // by the steady clock, as is the next
  std::atomic<std::int64_t> born_{0};
  std::atomic<std::int64_t> checked_{0};
  std::atomic<std::int64_t> lent_until_{std::numeric_limits<std::int64_t>::min()};
  std::atomic<bool> has_loans_{false};
  std::vector<Loan> loans_;  // of few objects
  std::atomic<std::int64_t> touched_{0};
  std::atomic<bool> superseded_{false};
  std::atomic<bool> doubted_{false};
  std::atomic<std::uint64_t> heeded_{0};
  std::atomic<std::uint64_t> confirmed_after_;
  std::atomic<std::uint64_t> outdated_by_{0};  // the number of the last purge of it
  std::atomic<int> readers_{0};
  std::atomic<std::int64_t> left_{0};
  std::atomic<std::uint32_t> furthest_read_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<FillingSlice>> filling_;
  std::vector<Claimed> claimed_;
  std::optional<Described> described_;
  std::vector<Stream> streams_;
  std::size_t oldest_stream_ = 0;
};

}  // namespace larder::cache
