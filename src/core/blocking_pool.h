// BlockingPool: a few threads for work that blocks (cold disk reads, name lookup), with a bounded queue.
//
// A thread is started when there is a job and no other thread to run it: a program that looks up no names has none for
// that, and starts sooner.
//
// Threads    try_post() from any thread; jobs run on the pool's threads, or, when it has none (a simulation's), in
//            run_next().
// Cancel     none: a job that started runs to its end. stop() drops jobs that have not started.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace larder {

class BlockingPool {
 public:
  /// `threads`: at most; 0: jobs run in run_next() only.
  BlockingPool(std::string name, std::size_t threads, std::size_t queue_limit);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Queues `job`; false if the queue is full, the pool is stopping, or the system gives it not even one thread, and
  /// then `job` will not run.
  bool try_post(std::function<void()> job);

  /// Runs the job that was queued first, on the caller's thread; false if there is none.
  bool run_next();

  /// Jobs that have not started.
  std::size_t queued() const;
  /// That were started.
  std::size_t threads() const;

  /// Ends the threads after the jobs that run now; queued ones are dropped.
  void stop();

 private:
  /// Whether somebody will run one job more. REQUIRES: mutex_.
  bool has_hands();
  void work();

  std::string name_;
  std::size_t most_threads_;
  std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;  // threads that wait for a job
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace larder
