// Object: one version of one URL's body: what it is, and which of its slices are on their way.
//
// Another version is another Object with another id, so slices of two versions can never meet.
//
// Threads    all calls from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "cache/filling_slice.h"
#include "cache/object_info.h"
#include "http/range.h"
#include "storage/slice_store.h"

namespace larder::cache {

class Object {
 public:
  explicit Object(ObjectInfo info);

  const ObjectInfo& info() const { return info_; }
  /// The fields that every response with this object has, as header lines.
  const std::string& header_lines() const { return header_lines_; }
  /// kUnknownTotal until set_total(), for an origin that tells no length.
  std::uint64_t total() const { return total_.load(std::memory_order_acquire); }
  void set_total(std::uint64_t total) { total_.store(total, std::memory_order_release); }
  std::uint32_t slice_count() const;
  std::uint32_t slice_length(std::uint32_t number) const;
  storage::SliceKey key(std::uint32_t number) const { return {info_.id, number}; }

  /// False once the origin has answered a range with everything: then one fill brings all of it.
  bool ranges() const { return ranges_.load(std::memory_order_relaxed); }
  void set_no_ranges() { ranges_.store(false, std::memory_order_relaxed); }

  WallTime fresh_until() const;
  void set_fresh_until(WallTime time);
  /// When the origin made or validated it: what its age is counted from.
  WallTime born() const;
  void set_born(WallTime time);
  bool fresh(WallTime now) const { return now < fresh_until(); }
  /// The origin has another version now: what is stored may be served to its end, nothing more is filled.
  bool superseded() const { return superseded_.load(std::memory_order_relaxed); }
  void supersede() { superseded_.store(true, std::memory_order_relaxed); }

  /// The slice if it is on its way or in memory only, else null.
  std::shared_ptr<FillingSlice> filling(std::uint32_t number);

  /// Takes on filling the run of missing slices that starts at `first`, at most `most` of them: none if the first
  /// one is stored or on its way.
  std::vector<std::shared_ptr<FillingSlice>> claim(std::uint32_t first, std::uint32_t most,
                                                   const storage::SliceStore& store,
                                                   const std::shared_ptr<FillInterest>& interest);
  /// The slice is found in the store from now on, or nowhere.
  void release(const std::shared_ptr<FillingSlice>& slice);

  /// How many slices to read ahead of `range`, from what was asked for before it: grows while readers go on where
  /// the last request ended.
  std::uint32_t note_request(http::ByteRange range);

  /// True at most once in a while: time to tell the store that the object's description is still wanted.
  bool due_for_touch(SteadyTime now);

 private:
  static constexpr std::size_t kStreams = 8;  // sequential readers of one object that are told apart
  static constexpr std::uint32_t kReadAheadSlices = 8;

  struct Stream {
    std::uint64_t next = 0;
    std::uint32_t ahead = 0;
  };

  const ObjectInfo info_;  // but for what the atomics below hold
  const std::string header_lines_;
  std::atomic<std::uint64_t> total_;
  std::atomic<bool> ranges_;
  std::atomic<std::int64_t> fresh_until_;
  std::atomic<std::int64_t> born_;
  std::atomic<std::int64_t> touched_{0};
  std::atomic<bool> superseded_{false};
  std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<FillingSlice>> filling_;
  std::vector<Stream> streams_;
  std::size_t oldest_stream_ = 0;
};

}  // namespace larder::cache
