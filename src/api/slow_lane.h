// SlowLane: threads of their own for requests that take long on purpose (a password is hashed) or by the fault of
// others (a sign-in provider is asked), so that no other request ever waits for one of them.
//
// Its queue is bounded in length and in time, and sites and their networks take turns in it: one stranger cannot fill
// it for others, nor can many: who has nothing waiting gets a place of those who have the most. Whoever finds or keeps
// no place is told at once.
//
// Threads    run() on the loop of its executor; close() and queued() from any thread.
// Cancel     close(): what waits is turned away, what runs ends; so does the end of the lane, which waits for that.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/call.h"
#include "core/blocking_pool.h"
#include "core/fair_queue.h"
#include "core/task.h"
#include "net/address.h"

namespace larder::api {

class SlowLane {
 public:
  struct Options {
    std::string name;  // of its threads
    std::size_t threads;
    std::size_t queue;       // requests that wait for a thread, at most ...
    std::size_t of_network;  // ... of a network (identity/attempts.h), and of the networks of one site
    std::size_t of_site;
    std::chrono::milliseconds patience;  // that a request waits at most
    std::string refusal;                 // told to whoever finds no place, or has waited for so long
  };

  explicit SlowLane(Options options);
  ~SlowLane();
  SlowLane(const SlowLane&) = delete;
  SlowLane& operator=(const SlowLane&) = delete;

  /// What `answer` returns, which one of the lane's threads calls; what it refers to may live in the caller. nullopt:
  /// it was not called, for the lack of a place.
  Task<std::optional<Response>> run(Executor executor, net::IpAddress client, std::function<Response()> answer);

  /// From now on there is no place for anybody.
  void close();

  std::size_t queued() const;
  const std::string& refusal() const { return options_.refusal; }

 private:
  struct Waiting;
  using Queue = FairQueue<std::shared_ptr<Waiting>>;

  bool enter(const Queue::Party& party, const std::shared_ptr<Waiting>& waiting);
  bool leave(const Queue::Party& party, const std::shared_ptr<Waiting>& waiting);
  void run_next();

  const Options options_;
  mutable std::mutex mutex_;
  Queue queue_;
  bool closed_ = false;
  BlockingPool threads_;
};

}  // namespace larder::api
