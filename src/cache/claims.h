// Claims: the slices that one fill has taken on and has not brought yet, in order.
//
// Threads    its fill's; what it does to objects and slices anybody may see at once.
#pragma once

#include <cstdint>
#include <memory>

#include "cache/object.h"
#include "core/result.h"
#include "http/range.h"

namespace larder::cache {

class Claims {
 public:
  /// [first, first + count) is taken on already, by Object::claim(). `store` must outlive it.
  Claims(std::uint32_t first, std::uint32_t count, std::shared_ptr<FillInterest> interest,
         const storage::SliceStore& store);

  /// The slice that comes next; null: there is none left. What has been stored, or brought or taken over by others, is
  /// passed over.
  std::shared_ptr<FillingSlice> front(Object& object);
  /// It is whole. REQUIRES: front() gave one.
  std::shared_ptr<FillingSlice> take_front();

  /// What is to be asked for next: up to the first slice that is somebody else's, or stored; empty: nothing.
  http::ByteRange missing(Object& object);
  /// Takes on what is missing of the slices that bytes [begin, end) of `object` hold whole; `end` may be kUnknownTotal.
  /// REQUIRES: they hold all that is taken on already. Then only the first one has memory.
  void extend(Object& object, std::uint64_t begin, std::uint64_t end);
  /// Others may try the rest.
  void abandon(Object& object);

 private:
  std::uint32_t next_;
  std::uint32_t end_;
  std::shared_ptr<FillingSlice> front_;  // null: the fill has not come to the next one
  const std::shared_ptr<FillInterest> interest_;
  const storage::SliceStore& store_;
};

}  // namespace larder::cache
