#include "cache/unstored_slices.h"

#include <vector>

namespace larder::cache {

std::size_t UnstoredSlices::keep(const std::shared_ptr<Object>& object, const std::shared_ptr<FillingSlice>& slice) {
  std::vector<Kept> gone;  // released outside the lock
  {
    const std::lock_guard lock(mutex_);
    kept_.push_back({object, slice});
    bytes_ += FillMemory::charge(slice->memory());
    while (bytes_ > limit_ && !kept_.empty()) {
      bytes_ -= FillMemory::charge(kept_.front().slice->memory());
      gone.push_back(std::move(kept_.front()));
      kept_.pop_front();
    }
  }
  for (const Kept& kept : gone) kept.object->release(kept.slice);
  return gone.size();
}

}  // namespace larder::cache
