#include "simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <utility>

#include "core/bytes.h"
#include "core/check.h"
#include "net/timer.h"
#include "origin/rule_set.h"
#include "simulation/simulated_connector.h"

namespace larder::simulation {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A computer that has nothing to do for so long has its drives and threads do what they have to.
constexpr milliseconds kIdle{5};
// One step's handlers are a few hundred; so many do not come to rest.
constexpr std::uint64_t kMostHandlers = 1'000'000;
constexpr std::uint64_t kMostLastSteps = 2'000'000;
constexpr unsigned kMostDepth = 2;
constexpr std::uint64_t kPurging = 0x7075'7267'6573;

support::Auditor::Options auditor_options() {
  support::Auditor::Options options;
  options.answer_memory = seconds(30);
  return options;
}

std::shared_ptr<const origin::RuleSet> make_rules() {
  std::vector<origin::ContentRule> own(4);
  own[0].name = "plain";
  own[0].hosts = {std::string(SimulatedSite::kHost)};
  own[1].name = "ruled";
  own[1].hosts = {std::string(SimulatedSite::kRuledHost)};
  own[1].fresh = SimulatedSite::kRuledLifetime;
  own[2].name = "fixed";
  own[2].hosts = {std::string(SimulatedSite::kFixedHost)};
  own[2].immutable = {*origin::parse_path_pattern("*")};
  own[3].name = "signed";
  own[3].hosts = {std::string(SimulatedSite::kSignedHost)};
  own[3].query_in_key = false;
  auto rules = origin::RuleSet::build({}, std::move(own));
  CHECK(rules, "the rules of the simulation are rules");
  return *std::move(rules);
}

NodeLife::Settings settings_for(const Workload& work) {
  return {work.fill_memory, work.objects_in_memory, make_rules(), kNoLimits};
}

}  // namespace

Simulation::Simulation(const Options& options, Log& log)
    : options_(options),
      random_(options.seed),
      purging_(options.seed ^ kPurging),
      work_(Workload::draw(random_, options.also)),
      purges_(purging_.one_of({0U, 2U, 20U})),
      trace_(clock_, options.aloud),
      disk_(clock_, random_.split(), trace_),
      network_(clock_, random_.split(), disk_, trace_),
      auditor_(auditor_options()),
      site_(work_, random_.split(), clock_, auditor_, trace_),
      origin_(work_, random_.split(), site_, auditor_, service_, trace_),
      log_(log),
      others_time_(net::LoopTime::of(others_.get_executor())),
      client_world_{work_,
                    site_,
                    auditor_,
                    service_,
                    trace_,
                    client_counters_,
                    [this] { return connect(); },
                    [this] { return life_ ? life_->given_up() : 0; },
                    over_},
      tasks_(others_.get_executor()) {
  others_time_.simulate(clock_);
  for (unsigned i = 1; i <= work_.drives; ++i) {
    drive_paths_.push_back(fmt::format("/drives/{}", i));
    disk_.add_drive(drive_paths_.back());
    disk_.limit_room(drive_paths_.back(), work_.room);
  }
  disk_.set_pause([this](const std::string& drive, SimulatedDisk::Call) { pause(drive); });
}

Simulation::~Simulation() = default;

void Simulation::run() {
  for (unsigned i = 0; i < work_.clients; ++i) {
    clients_.push_back(std::make_unique<SimulatedClient>(client_world_, i, random_.split(), others_.get_executor()));
    tasks_.spawn(clients_.back()->run());
  }
  tasks_.spawn(change_contents());
  start_node();
  for (std::uint64_t i = 0; i < options_.steps && failures_.empty(); ++i) {
    step();
    draw_fate();
  }
  wind_down();
}

/// Everybody comes to an end, and nothing breaks any more.
void Simulation::wind_down() {
  over_ = quiet_ = true;
  go_on_until([this] { return tasks_.running() == 0; }, "clients and origins do not come to their end");
  if (life_ && failures_.empty()) {
    life_->stop();
    go_on_until([this] { return life_->has_stopped(); }, "the node does not stop");
    if (failures_.empty()) end_node();
  }
  // Origins, once more: the node may have asked them for the rest of something.
  go_on_until([this] { return tasks_.running() == 0; }, "origins do not come to their end");
}

void Simulation::go_on_until(const std::function<bool()>& done, const std::string& complaint) {
  for (std::uint64_t i = 0; failures_.empty() && !done(); ++i) {
    if (i == kMostLastSteps) {
      failures_.push_back(complaint);
    } else {
      step();
    }
  }
}

std::vector<std::string> Simulation::verdicts() const {
  std::vector<std::string> all = failures_;
  std::ranges::copy(auditor_.verdicts(), std::back_inserter(all));
  std::ranges::copy(service_.verdicts(), std::back_inserter(all));
  return all;
}

// --- what happens by itself ---

void Simulation::step() {
  run_ready();
  note_network_faults();
  if (!life_ && restart_ && clock_.now() >= *restart_) start_node();
  // Whose turn it is differs by seed: a slow disk, a fast network, or the other way round.
  if (random_.happens(4'000) && do_disk_work()) return;
  let_time_pass();
}

void Simulation::run_ready() {
  for (std::uint64_t handlers = 0; handlers < kMostHandlers; ++handlers) {
    const bool here = life_ && life_->run_ready();
    const bool there = others_.poll_one() > 0;
    if (!here && !there) return;
  }
  if (failures_.empty()) failures_.push_back("the loops do not come to rest");
}

bool Simulation::held(const std::string& drive) const {
  if (paused_.contains(drive)) return true;
  const auto until = held_.find(drive);
  return until != held_.end() && clock_.now() < until->second;
}

bool Simulation::do_disk_work() {
  if (!life_) return false;
  const std::uint64_t drawn = random_.below(life_->drives() + 1);
  if (drawn == life_->drives()) return life_->run_job();
  if (held(configured_[drawn])) return false;
  if (random_.happens(1'000) && life_->scrub_next(drawn)) return true;
  return life_->write_next(drawn);
}

bool Simulation::do_any_disk_work() {
  if (!life_) return false;
  if (life_->run_job()) return true;
  for (std::size_t drive = 0; drive < life_->drives(); ++drive) {
    if (!held(configured_[drive]) && life_->write_next(drive)) return true;
  }
  return false;
}

std::optional<SteadyTime> Simulation::next_time() const {
  std::optional<SteadyTime> earliest;
  const auto look = [&](std::optional<SteadyTime> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  look(network_.next());
  look(others_time_.next());
  if (life_) look(life_->next());
  if (!life_) look(restart_);
  for (const auto& [drive, until] : held_) {
    if (until > clock_.now()) look(until);
  }
  return earliest;
}

void Simulation::let_time_pass() {
  const auto next = next_time();
  if ((!next || *next > clock_.now() + kIdle) && do_any_disk_work()) return;
  if (!next) {
    if (failures_.empty() && tasks_.running() > 0) failures_.push_back("everybody waits, and nothing will ever come");
    return;
  }
  clock_.advance_to(*next);
  if (network_.next() == next) {
    network_.deliver_next();
    return;
  }
  others_time_.wake_due();
  if (life_) life_->wake_due();
}

/// What the network breaks or stops may be the reason for what comes of it.
void Simulation::note_network_faults() {
  const std::uint64_t faults = network_.counters().resets + network_.counters().stalls;
  if (std::exchange(network_faults_, faults) != faults) disturb(seconds(25));
}

void Simulation::disturb(std::chrono::nanoseconds lasts) {
  const support::Elapsed now = site_.now();
  service_.disturbed(now + lasts);
  auditor_.out({}, now, now + lasts);
}

/// What has begun may break off; and old content may be the best there is.
void Simulation::interrupt() {
  const support::Elapsed now = site_.now();
  service_.interrupted(now);
  auditor_.out({}, now, now);
}

std::unique_ptr<SimulatedStream> Simulation::connect() {
  if (!life_ || !life_->accepts()) return nullptr;
  Manner manner = draw_manner(work_, random_);
  // Nobody is short of memory because of what he left behind elsewhere: what one client may hold is for
  // fairness_test.cc.
  manner.caller = net::IpAddress::v4(0x0A00'0000 + static_cast<std::uint32_t>(network_.counters().connections));
  auto [theirs, ours] = network_.connect(others_.get_executor(), life_->executor(), manner);
  life_->accept(std::move(ours));
  return std::move(theirs);
}

Task<void> Simulation::change_contents() {
  net::Timer timer(others_.get_executor());
  while (!over_) {
    const auto interval = random_.time(seconds(0), milliseconds(2 * work_.mean_change_ms));
    co_await timer.wait(clock_.now() + interval);
    if (over_) break;
    if (const Resource* changed = site_.change_some()) service_.changed(changed->url, site_.now());
  }
}

// --- what goes wrong ---

void Simulation::draw_fate() {
  if (quiet_ || depth_ > 0) return;
  if (life_ && !life_->stopping()) {
    if (random_.happens(work_.stops) && random_.happens(2'000)) {
      ++fates_.stops;
      trace_.note("the node is told to stop");
      life_->stop();
    }
  }
  if (life_ && random_.happens(work_.kills) && random_.happens(2'000)) kill_node();
  if (life_ && life_->stopping()) {
    interrupt();
    if (life_->has_stopped()) end_node();
  }
  if (purging_.happens(purges_)) purge_something();
  if (random_.happens(work_.drive_faults)) break_a_drive();
  if (random_.happens(work_.page_drops)) disk_.drop_pages();
  if (random_.happens(work_.page_drops)) disk_.write_back_some();
  if (work_.has(Fault::kRotWhileRunning) && random_.happens(work_.rot)) {
    disk_.rot(some_drive());
    service_.may_forget();
    interrupt();
  }
  if (work_.has(Fault::kClockJumps) && random_.happens(work_.clock_jumps)) jump_clock();
}

void Simulation::start_node() {
  restart_.reset();
  configured_.clear();
  for (const std::string& drive : drive_paths_) {
    if (disk_.is_gone(drive) && !random_.happens(3'000)) disk_.bring_back(drive);
    if (!work_.has(Fault::kDrivesReturn) || !random_.happens(3'000)) configured_.push_back(drive);
  }
  service_.started({configured_.begin(), configured_.end()});
  const NodeLife::World world{
      settings_for(work_),
      clock_,
      disk_,
      {work_.origin_faults / 4, work_.origin_faults / 4, network_, others_.get_executor(),
       [this](const origin::Target&, Random& random) { return draw_manner(work_, random); },
       [this](std::unique_ptr<SimulatedStream> stream) { tasks_.spawn(origin_.serve(std::move(stream))); },
       [this] { disturb(seconds(25)); }},
      log_,
      life_counters_};
  ++depth_;  // devices answer at once
  auto life = NodeLife::start(world, random_.split(), configured_);
  --depth_;
  if (life) {
    life_ = *std::move(life);
    trace_.note("the node starts on {} drives", configured_.size());
  } else {
    failures_.push_back(fmt::format("the node does not start: {}", life.error().text));
  }
}

void Simulation::kill_node() {
  ++fates_.kills;
  trace_.note("the node is killed");
  service_.may_forget();
  ++depth_;
  if (!life_->kill()) failures_.push_back("a node that was killed does not come to an end");
  end_node();
  --depth_;
  if (random_.happens(work_.power_cuts)) {
    ++fates_.power_cuts;
    trace_.note("the power is cut");
    disk_.cut_power();
    for (std::uint64_t bits = work_.rot > 0 && random_.happens(5'000) ? random_.between(1, 20) : 0; bits > 0; --bits) {
      disk_.rot(some_drive());
    }
  }
}

void Simulation::end_node() {
  ++depth_;
  const std::uint64_t dropped = life_counters_.dropped_writes + life_counters_.failed_drives;
  if (failures_.empty()) {
    life_.reset();
  } else {
    static_cast<void>(life_.release());  // its tasks still run: what is wrong has been said
  }
  --depth_;
  if (life_counters_.dropped_writes + life_counters_.failed_drives != dropped) service_.may_forget();
  disk_.detach(false);
  interrupt();
  trace_.note("the node is gone");
  const auto away =
      random_.happens(300) ? random_.time(hours(1), hours(24 * 30)) : random_.time(seconds(0), seconds(20));
  if (!quiet_) restart_ = clock_.now() + away;
}

void Simulation::break_a_drive() {
  ++fates_.drive_faults;
  const std::string drive = some_drive();
  const std::uint64_t fault = random_.below(6);
  trace_.note("disk: {} suffers {}", drive, fault);
  service_.may_forget();
  interrupt();
  switch (fault) {
    case 0: disk_.fail_next(drive, SimulatedDisk::Call::kRead); break;
    case 1: disk_.fail_next(drive, SimulatedDisk::Call::kWrite); break;
    case 2: disk_.take_away(drive); break;
    case 3: disk_.limit_room(drive, random_.between(0, 40) * kMiB); break;
    case 4: disk_.limit_room(drive, work_.room); break;
    default: {
      const auto lasts = random_.time(seconds(1), seconds(50));
      held_[drive] = clock_.now() + lasts;
      disturb(lasts);
    }
  }
}

void Simulation::jump_clock() {
  ++fates_.clock_jumps;
  const auto error = random_.one_of({seconds(0), seconds(hours(1)), seconds(-hours(1)), seconds(hours(24)),
                                     seconds(-hours(24)), seconds(hours(24 * 40))});
  trace_.note("the node's calendar is {} seconds wrong", error.count());
  clock_.set_error(error);
}

/// A device takes its time in the middle of a call: everything else goes on.
void Simulation::pause(const std::string& drive) {
  if (depth_ >= kMostDepth || quiet_ || !life_ || !random_.happens(work_.pauses)) return;
  ++depth_;
  ++fates_.pauses;
  const auto lasts =
      random_.happens(2'000) ? random_.time(seconds(1), seconds(15)) : random_.time(milliseconds(0), milliseconds(300));
  if (lasts >= seconds(1)) disturb(lasts);
  const bool inserted = paused_.insert(drive).second;
  const SteadyTime until = clock_.now() + lasts;
  trace_.note("disk: {} takes {} ms", drive, std::chrono::duration_cast<milliseconds>(lasts).count());
  while (failures_.empty()) {
    const auto next = next_time();
    if (!next || *next >= until) break;
    step();
  }
  clock_.advance_to(until);
  if (inserted) paused_.erase(drive);
  --depth_;
}

}  // namespace larder::simulation
