// SimulatedConnector: how a node reaches the simulated origin: mostly at once, sometimes late, sometimes not.
//
// Threads    one.
#pragma once

#include <functional>
#include <memory>

#include "core/deadline.h"
#include "core/task.h"
#include "origin/connector.h"
#include "simulation/random.h"
#include "simulation/simulated_network.h"
#include "simulation/workload.h"

namespace larder::simulation {

class SimulatedConnector final : public origin::Connector {
 public:
  struct World {
    unsigned refusals = 0;  // of 10,000 connections
    unsigned delays = 0;    // of 10,000 connections
    SimulatedNetwork& network;
    Executor others;  // where the origin lives
    std::function<Manner(const origin::Target& target, Random& random)> manner;
    std::function<void(std::unique_ptr<SimulatedStream>)> accept;
    std::function<void()> note_outage;
  };

  SimulatedConnector(const World& world, Random random, Executor executor)
      : world_(world), random_(random), executor_(executor) {}

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(const origin::Target& target, Deadline deadline) override;

  /// Nobody is reached from now on.
  void cut() { cut_ = true; }

 private:
  World world_;
  Random random_;
  Executor executor_;
  bool cut_ = false;
};

/// How one connection behaves, drawn by the workload's odds.
Manner draw_manner(const Workload& work, Random& random);

}  // namespace larder::simulation
