// Fills: the fills that run on one event loop.
//
// Threads    its loop, all calls.
// Cancel     stop() lets running fills end soon; join with when_idle().
#pragma once

#include <cstddef>
#include <functional>

#include "cache/cache.h"
#include "cache/fill.h"
#include "cache/hot_slices.h"
#include "core/task.h"
#include "origin/origin_client.h"

namespace larder::cache {

class Fills {
 public:
  Fills(Cache& cache, origin::OriginClient& origin, Executor executor)
      : means_{cache, origin, executor, hot_slices_}, tasks_(executor) {}

  Cache& cache() { return means_.cache; }
  origin::OriginClient& origin() { return means_.origin; }
  Executor executor() { return means_.executor; }
  HotSlices& hot_slices() { return hot_slices_; }

  void start(Fill::Job job) { tasks_.spawn(run(std::move(job))); }
  void stop() { means_.stopping = true; }
  std::size_t running() const { return tasks_.running(); }
  void when_idle(std::function<void()> done) { tasks_.when_idle(std::move(done)); }

 private:
  Task<void> run(Fill::Job job);

  HotSlices hot_slices_;
  Fill::Means means_;
  TaskGroup tasks_;
};

}  // namespace larder::cache
