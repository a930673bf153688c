// NodeLife: one life of a node, from its start on what the disk holds to its end by a kill or an orderly stop.
//
// It is wired as a real node's one loop is (node/node_loop.h), with sessions on simulated connections.
//
// Threads    one.
// Cancel     end it with kill(), or with stop() and steps until has_stopped(). Then destroy it.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "cache/fills.h"
#include "core/blocking_pool.h"
#include "core/bytes.h"
#include "core/log.h"
#include "core/task.h"
#include "http/client_limits.h"
#include "http/server_session.h"
#include "net/loop_time.h"
#include "node/content_handler.h"
#include "node/counters.h"
#include "node/egress_limiter.h"
#include "origin/connection_pool.h"
#include "origin/origin_client.h"
#include "origin/rule_set.h"
#include "simulation/random.h"
#include "simulation/simulated_clock.h"
#include "simulation/simulated_connector.h"
#include "simulation/simulated_disk.h"
#include "simulation/simulated_network.h"
#include "storage/slice_store.h"

namespace larder::simulation {

/// What all lives of a run came to.
struct LifeCounters {
  std::uint64_t lives = 0;
  std::uint64_t origin_requests = 0;
  std::uint64_t origin_bytes = 0;
  std::uint64_t fills_failed = 0;
  std::uint64_t objects_changed = 0;
  std::uint64_t revalidated = 0;
  std::uint64_t stale_served = 0;
  std::uint64_t evicted_segments = 0;
  std::uint64_t reinserted_slices = 0;
  std::uint64_t dropped_writes = 0;
  std::uint64_t corrupt_slices = 0;
  std::uint64_t failed_drives = 0;
};

/// Clients without limits.
inline const http::ClientLimits::Limits kNoLimits{
    .connections = 0, .requests = 0, .new_objects = 0, .least_send_rate = 0};

class NodeLife {
 public:
  // What the node's configuration says.
  struct Settings {
    std::uint64_t fill_memory = 256 * kMiB;
    std::size_t objects_in_memory = 200'000;
    std::shared_ptr<const origin::RuleSet> rules;
    http::ClientLimits::Limits clients;  // of content requests; connections are not counted
  };
  struct World {
    Settings settings;
    const SimulatedClock& clock;
    SimulatedDisk& disk;
    SimulatedConnector::World connector;
    Log& log;
    LifeCounters& counters;
  };

  /// On the drives at these paths. Errors: those of SliceStore::open().
  static Result<std::unique_ptr<NodeLife>> start(const World& world, Random random,
                                                 const std::vector<std::string>& drives);
  ~NodeLife();

  Executor executor() { return context_.get_executor(); }
  /// Takes a client's connection.
  void accept(std::unique_ptr<SimulatedStream> stream) { sessions_.spawn(serve(std::move(stream))); }
  bool accepts() const { return phase_ == Phase::kRuns; }

  /// Runs one thing that is ready; false if nothing is.
  bool run_ready() {
    // Polls inside a handler (a device's pause) confuse Asio's count of what is left to do, and it takes itself for
    // done.
    if (context_.stopped()) context_.restart();
    return context_.poll_one() > 0;
  }
  bool run_job() { return disk_pool_.run_next(); }
  bool write_next(std::size_t drive) { return store_->write_next(drive); }
  bool scrub_next(std::size_t drive) { return store_->scrub_next(drive); }
  std::size_t drives() const { return drives_; }
  std::optional<SteadyTime> next() const { return time_.next(); }
  void wake_due() { time_.wake_due(); }

  /// The process is gone this moment: nothing of what it still does can be seen. The disk is detached and has to be
  /// until this is destroyed. False: it does not come to an end.
  bool kill();
  /// Begins an orderly stop.
  void stop();
  /// Goes on with the stop as far as it can; true once all is written and nothing runs.
  bool has_stopped();
  bool stopping() const { return phase_ != Phase::kRuns; }
  /// Whether all of it is kept on every drive. REQUIRES: it runs.
  bool purge(const cache::Purge& purge);
  /// How often drives declined, evicted or found damaged what somebody may have counted on, or failed, and memory let
  /// it go.
  std::uint64_t given_up() const;

 private:
  enum class Phase { kRuns, kLetsResponsesEnd, kLetsFillsEnd };

  // The clock of the living, which goes on for what a dead process still has to clean up.
  class LifeClock final : public Clock {
   public:
    explicit LifeClock(const SimulatedClock& clock) : clock_(clock) {}
    SteadyTime now() const override { return clock_.now() + after_death_; }
    WallTime wall() const override { return clock_.wall(); }
    void go_on_to(SteadyTime time) { after_death_ += time - now(); }

   private:
    const SimulatedClock& clock_;
    SteadyTime::duration after_death_{0};
  };

  NodeLife(const World& world, Random random);
  Result<> open(const std::vector<std::string>& drives);
  Task<void> serve(std::unique_ptr<SimulatedStream> stream);
  storage::ObjectId draw_id() { return {random_.next(), random_.next()}; }
  void cut_off();
  bool run_out();

  World world_;
  Random random_;
  LifeClock clock_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  net::LoopTime& time_;
  BlockingPool disk_pool_{"disk", 0, 65'536};
  std::size_t drives_ = 0;
  std::unique_ptr<storage::SliceStore> store_;
  std::unique_ptr<cache::Cache> cache_;
  SimulatedConnector connector_;
  origin::ConnectionPool pool_;
  origin::OriginClient origin_;
  node::Counters counters_;
  node::EgressLimiter limiter_;
  http::ClientLimits clients_{world_.settings.clients, clock_};
  http::SessionLimits limits_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<cache::Fills> fills_;
  std::unique_ptr<node::ContentHandler> handler_;
  std::vector<SimulatedStream*> streams_;  // of clients
  Phase phase_ = Phase::kRuns;
  SteadyTime responses_end_{};
  TaskGroup sessions_;
};

}  // namespace larder::simulation
