// Simulation: a node, its clients, its origin, its drives and its time, in one thread, all drawn from one seed.
//
// It goes by steps: whatever is ready runs; then one thing happens that the seed draws: a drive writes, a reading
// thread reads, something arrives, or time passes until something is due. Between two steps anything may break.
//
// Source     TigerBeetle's VOPR; FoundationDB's simulation (Zhou et al., SIGMOD 2021, section 4).
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/log.h"
#include "core/task.h"
#include "net/loop_time.h"
#include "simulation/node_life.h"
#include "simulation/random.h"
#include "simulation/service.h"
#include "simulation/simulated_client.h"
#include "simulation/simulated_clock.h"
#include "simulation/simulated_disk.h"
#include "simulation/simulated_network.h"
#include "simulation/simulated_origin.h"
#include "simulation/simulated_site.h"
#include "simulation/trace.h"
#include "simulation/workload.h"
#include "support/auditor.h"

namespace larder::simulation {

class Simulation {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::uint64_t steps = 20'000;
    std::set<Fault> also;  // faults that are not mended
    bool aloud = false;
  };

  Simulation(const Options& options, Log& log);
  ~Simulation();

  void run();

  /// False: something hangs, and this cannot be destroyed.
  bool ended() const { return failures_.empty(); }
  /// What was wrong; empty: nothing.
  std::vector<std::string> verdicts() const;
  std::uint64_t trace_hash() const { return trace_.hash(); }
  /// What has happened, in a few lines.
  std::string summary() const;

 private:
  struct Fates {
    std::uint64_t kills = 0;
    std::uint64_t power_cuts = 0;
    std::uint64_t stops = 0;
    std::uint64_t drive_faults = 0;
    std::uint64_t clock_jumps = 0;
    std::uint64_t pauses = 0;
    std::uint64_t purges = 0;
  };

  // What happens by itself.
  void step();
  void run_ready();
  bool do_disk_work();
  bool do_any_disk_work();
  bool held(const std::string& drive) const;
  void let_time_pass();
  std::optional<SteadyTime> next_time() const;
  void note_network_faults();

  // What goes wrong.
  void draw_fate();
  void start_node();
  void kill_node();
  void end_node();
  void break_a_drive();
  void purge_something();
  void jump_clock();
  void pause(const std::string& drive);
  Task<void> change_contents();

  std::unique_ptr<SimulatedStream> connect();
  void wind_down();
  void go_on_until(const std::function<bool()>& done, const std::string& complaint);
  void disturb(std::chrono::nanoseconds lasts);
  void interrupt();
  const std::string& some_drive() { return drive_paths_[random_.below(drive_paths_.size())]; }

  const Options options_;
  Random random_;
  Random purging_;  // of its own: a seed without purges does what it did before there were any
  const Workload work_;
  const unsigned purges_;  // of 10,000, at every step
  SimulatedClock clock_;
  Trace trace_;
  SimulatedDisk disk_;
  SimulatedNetwork network_;
  support::Auditor auditor_;
  Service service_{trace_};
  SimulatedSite site_;
  SimulatedOrigin origin_;
  ClientCounters client_counters_;
  LifeCounters life_counters_;
  Fates fates_;
  Log& log_;
  asio::io_context others_{1};  // clients and origins
  asio::executor_work_guard<Executor> others_work_{others_.get_executor()};
  net::LoopTime& others_time_;
  bool over_ = false;
  bool quiet_ = false;  // nothing breaks any more
  unsigned depth_ = 0;  // of steps inside a device's pause
  std::set<std::string> paused_;
  std::map<std::string, SteadyTime> held_;  // drives that do not get to writing before
  std::vector<std::string> drive_paths_;
  std::vector<std::string> configured_;  // of the present life
  std::uint64_t network_faults_ = 0;
  std::optional<SteadyTime> restart_;
  SimulatedClient::World client_world_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::vector<std::string> failures_;
  TaskGroup tasks_;
  std::unique_ptr<NodeLife> life_;
};

}  // namespace larder::simulation
