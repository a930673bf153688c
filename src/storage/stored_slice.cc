#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "storage/segment.h"
#include "storage/slice_store.h"

namespace larder::storage {
namespace {

constexpr std::uint32_t kProbeDistance = 128 * kKiB;

bool is_cached(int descriptor, std::uint64_t offset) {
  char byte = 0;
  const iovec into{&byte, 1};
  const ssize_t count = ::preadv2(descriptor, &into, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  // File systems that live in memory, and some that cannot tell, do not know the flag.
  return count == 1 || (count < 0 && errno == EOPNOTSUPP);
}

}  // namespace

int StoredSlice::descriptor() const { return segment_->descriptor(); }

bool StoredSlice::resident(std::uint32_t begin, std::uint32_t end) const {
  if (begin >= end) return true;
  for (std::uint32_t at = begin; at < end; at += kProbeDistance) {
    if (!is_cached(descriptor(), std::uint64_t{offset_} + at)) return false;
  }
  return true;
}

}  // namespace larder::storage
