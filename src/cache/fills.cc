#include "cache/fills.h"

#include <utility>

namespace larder::cache {

Task<void> Fills::run(Fill::Job job) {
  Fill fill(means_, std::move(job));
  cache().counters().running.fetch_add(1, std::memory_order_relaxed);
  co_await fill.run();
  cache().counters().running.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace larder::cache
