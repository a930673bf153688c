#include "simulation/scenario.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/check.h"
#include "origin/rule_set.h"

namespace larder::simulation {
namespace {

// What a drive takes for a slice: 200 MiB/s.
constexpr std::chrono::milliseconds kSliceTime{5};

std::shared_ptr<const origin::RuleSet> rule_for_all() {
  std::vector<origin::ContentRule> own(1);
  own[0].name = "all";
  own[0].hosts = {"*.test"};
  auto rules = origin::RuleSet::build({}, std::move(own));
  CHECK(rules, "the rules of a scenario are rules");
  return *std::move(rules);
}

std::unique_ptr<Log> open_log() {
  auto log = Log::open({"scenario", "/dev/null", Level::kError});
  CHECK(log, "/dev/null can be opened");
  return *std::move(log);
}

}  // namespace

Scenario::Scenario(Options options)
    : options_(std::move(options)),
      random_(options_.seed),
      disk_(clock_, random_.split(), trace_),
      network_(clock_, random_.split(), disk_, trace_),
      log_(open_log()),
      drives_free_(options_.drives),
      others_time_(net::LoopTime::of(others_.get_executor())),
      tasks_(others_.get_executor()) {
  others_time_.simulate(clock_);
  std::vector<std::string> drives;
  for (unsigned i = 1; i <= options_.drives; ++i) {
    drives.push_back(fmt::format("/drives/{}", i));
    disk_.add_drive(drives.back());
  }
  SimulatedConnector::World origins{
      0,
      0,
      network_,
      others_.get_executor(),
      [this](const origin::Target& target, Random&) { return options_.origin_manner(target.host); },
      [this](std::unique_ptr<SimulatedStream> stream) { tasks_.spawn(options_.origin(std::move(stream))); },
      [] {}};
  NodeLife::Settings settings{options_.fill_memory, 200'000, rule_for_all(), options_.clients};
  auto life = NodeLife::start({std::move(settings), clock_, disk_, std::move(origins), *log_, life_counters_},
                              random_.split(), drives);
  CHECK(life, "a node starts on empty drives");
  life_ = *std::move(life);
}

Scenario::~Scenario() = default;

std::unique_ptr<SimulatedStream> Scenario::connect_to_node(const Manner& manner) {
  auto [theirs, ours] = network_.connect(others_.get_executor(), life_->executor(), manner);
  life_->accept(std::move(ours));
  return std::move(theirs);
}

std::unique_ptr<SimulatedStream> Scenario::connect_to_origin(const Manner& manner) {
  auto [theirs, ours] = network_.connect(others_.get_executor(), others_.get_executor(), manner);
  tasks_.spawn(options_.origin(std::move(ours)));
  return std::move(theirs);
}

bool Scenario::do_ready() {
  bool any = false;
  for (;;) {
    const bool here = life_ && life_->run_ready();
    const bool there = others_.poll_one() > 0;
    if (!here && !there) return any;
    any = true;
  }
}

bool Scenario::write_to_drives() {
  if (!life_) return false;
  if (life_->run_job()) return true;
  for (std::size_t drive = 0; drive < drives_free_.size(); ++drive) {
    if (drives_free_[drive] > clock_.now() || !life_->write_next(drive)) continue;
    drives_free_[drive] = clock_.now() + kSliceTime;
    return true;
  }
  return false;
}

std::optional<SteadyTime> Scenario::next_time() const {
  std::optional<SteadyTime> earliest;
  const auto look = [&](std::optional<SteadyTime> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  look(network_.next());
  look(others_time_.next());
  if (life_) look(life_->next());
  for (const SteadyTime free : drives_free_) {
    if (free > clock_.now()) look(free);
  }
  return earliest;
}

bool Scenario::run_until(const std::function<bool()>& done) {
  while (!done()) {
    if (do_ready() || write_to_drives()) continue;
    const auto next = next_time();
    if (!next) return false;
    clock_.advance_to(*next);
    if (network_.next() == next) {
      network_.deliver_next();
      continue;
    }
    others_time_.wake_due();
    if (life_) life_->wake_due();
  }
  return true;
}

bool Scenario::wind_down() {
  life_->stop();
  if (!run_until([this] { return life_->has_stopped(); })) return false;
  life_.reset();
  return run_until([this] { return tasks_.running() == 0; });
}

}  // namespace larder::simulation
