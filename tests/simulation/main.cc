// larder-simulate: runs simulations of a node by seed (docs/simulation.md).
#include <fmt/core.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/log.h"
#include "simulation/simulation.h"
#include "simulation/workload.h"

namespace {

using larder::simulation::Fault;
using larder::simulation::Simulation;

// What repeats the present run, for a program that aborts.
std::array<char, 512> repeat_line{};

void say_and_die(int signal) {
  constexpr std::string_view kIntroduction = "\nit crashed; this repeats it:\n";
  static_cast<void>(!::write(STDERR_FILENO, kIntroduction.data(), kIntroduction.size()));
  static_cast<void>(!::write(STDERR_FILENO, repeat_line.data(), std::string_view(repeat_line.data()).size()));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t last = 0;
  std::uint64_t steps = 20'000;
  std::vector<std::string> faults;
  std::string log = "/dev/null";
  bool aloud = false;
  bool twice = false;
  bool quiet = false;
};

std::string command(const Arguments& arguments, std::uint64_t seed) {
  std::string line = fmt::format("larder-simulate --seed {} --steps {}", seed, arguments.steps);
  if (!arguments.faults.empty()) line += fmt::format(" --faults {}", fmt::join(arguments.faults, ","));
  return line;
}

/// False: something was wrong.
bool run(const Arguments& arguments, std::uint64_t seed, const std::set<Fault>& also, larder::Log& log) {
  const std::string line = command(arguments, seed);
  repeat_line.fill('\0');
  std::copy_n(line.begin(), std::min(line.size(), repeat_line.size() - 2), repeat_line.begin());
  repeat_line[std::min(line.size(), repeat_line.size() - 2)] = '\n';
  Simulation::Options options;
  options.seed = seed;
  options.steps = arguments.steps;
  options.also = also;
  options.aloud = arguments.aloud;
  auto simulation = std::make_unique<Simulation>(options, log);
  simulation->run();
  const auto verdicts = simulation->verdicts();
  const std::uint64_t trace = simulation->trace_hash();
  fmt::print("seed {} steps {} trace {:016x}{}\n", seed, arguments.steps, trace, verdicts.empty() ? "" : " WRONG");
  if (!arguments.quiet) fmt::print("{}", simulation->summary());
  std::fflush(stdout);
  constexpr std::size_t kShown = 12;
  for (std::size_t i = 0; i < std::min(kShown, verdicts.size()); ++i) fmt::print("WRONG: {}\n", verdicts[i]);
  if (verdicts.size() > kShown) fmt::print("and {} more\n", verdicts.size() - kShown);
  if (!verdicts.empty()) fmt::print("this repeats it:\n{}\n", line);
  std::fflush(stdout);
  if (!simulation->ended()) static_cast<void>(simulation.release());
  if (!arguments.twice) return verdicts.empty();

  Simulation again(options, log);
  again.run();
  const bool same = again.trace_hash() == trace;
  if (!same) fmt::print("WRONG: the second run of seed {} has trace {:016x}\n", seed, again.trace_hash());
  return verdicts.empty() && same;
}

/// The faults of that name; every one for "all". Exits on a name that is none.
std::set<Fault> named(const std::vector<std::string>& names) {
  std::set<Fault> faults;
  for (const std::string& name : names) {
    for (const auto& [fault, its_name] : larder::simulation::kFaultNames) {
      if (name == "all") faults.insert(fault);
    }
    if (name == "all") continue;
    const auto fault = larder::simulation::parse_fault(name);
    if (!fault) {
      fmt::print(stderr, "larder-simulate: '{}' is no fault. larder-simulate --help says which there are.\n", name);
      std::exit(2);
    }
    faults.insert(*fault);
  }
  return faults;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  std::string known = "all";
  for (const auto& [fault, name] : larder::simulation::kFaultNames) known += fmt::format(", {}", name);
  CLI::App app("Simulates a cache node, its clients, origin, drives and time; all is drawn from a seed.");
  app.add_option("--seed", arguments.seed, "the seed, or the first of several");
  app.add_option("--to", arguments.last, "the last of several seeds");
  app.add_option("--steps", arguments.steps, "how many steps each run has before all comes to an end");
  app.add_option(
         "--faults", arguments.faults,
         "also faults that are on the list of those not mended yet (Workload::kUnmended), with commas: " + known)
      ->delimiter(',');
  app.add_option("--log", arguments.log, "where the node's log goes: a file, or stderr");
  app.add_flag("--aloud", arguments.aloud, "print every event");
  app.add_flag("--twice", arguments.twice, "run each seed twice and compare the traces");
  app.add_flag("--quiet", arguments.quiet, "no summaries");
  CLI11_PARSE(app, argc, argv);

  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGALRM}) std::signal(signal, say_and_die);
  auto log = larder::Log::open({"larder-simulate", arguments.log, larder::Level::kInfo});
  if (!log) {
    fmt::print(stderr, "larder-simulate: {}\n", log.error().text);
    return 2;
  }
  const std::set<Fault> also = named(arguments.faults);
  std::uint64_t wrong = 0;
  const std::uint64_t last = std::max(arguments.last, arguments.seed);
  for (std::uint64_t seed = arguments.seed; seed <= last; ++seed) {
    if (!run(arguments, seed, also, **log)) ++wrong;
  }
  if (last > arguments.seed) fmt::print("{} seeds, {} wrong\n", last - arguments.seed + 1, wrong);
  return wrong == 0 ? 0 : 1;
}
