// Claims: the slices that one fill has taken on and has not brought yet, in order.
//
// Threads    its fill's; what it does to objects and slices anybody may see at once.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cache/object.h"
#include "core/result.h"
#include "http/range.h"

namespace larder::cache {

class Claims {
 public:
  /// `run`: what is taken on already, of Object::claim(). `store` must outlive it.
  Claims(std::vector<std::shared_ptr<FillingSlice>> run, std::shared_ptr<FillInterest> interest,
         const storage::SliceStore& store);

  bool empty() const { return slices_.empty(); }
  const std::shared_ptr<FillingSlice>& front() const { return slices_.front(); }
  std::shared_ptr<FillingSlice> take_front();

  /// What is to be asked for next: up to the first slice that is somebody else's. REQUIRES: !empty().
  http::ByteRange missing(std::uint64_t total) const;
  /// Takes on what is missing of the slices that bytes [begin, end) of `object` hold whole.
  /// REQUIRES: they hold all that is taken on already. Then only the first one has memory.
  void extend(Object& object, std::uint64_t begin, std::uint64_t end);
  /// Takes on the slice. False: somebody else has it, or the object is superseded.
  bool take(Object& object, std::uint32_t number);

  /// Others may try the rest: at once, or after they have heard why it was given up.
  void abandon(Object& object);
  void fail(Object& object, const Error& error);

 private:
  std::deque<std::shared_ptr<FillingSlice>> slices_;
  const std::shared_ptr<FillInterest> interest_;
  const storage::SliceStore& store_;
};

}  // namespace larder::cache
