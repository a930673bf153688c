// Trace: what happened in a simulation, event by event, as one number; two runs with the same number did the same.
//
// Threads    one.
#pragma once

#include <fmt/core.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "core/clock.h"
#include "simulation/simulated_clock.h"

namespace larder::simulation {

class Trace {
 public:
  /// `aloud`: every event is also printed, to standard error.
  Trace(const Clock& clock, bool aloud) : clock_(clock), aloud_(aloud) {}

  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    line_.clear();
    fmt::format_to(std::back_inserter(line_), format, std::forward<Args>(args)...);
    add(std::string_view(line_.data(), line_.size()));
  }

  std::uint64_t hash() const { return hash_; }
  std::uint64_t events() const { return events_; }

 private:
  void add(std::string_view event) {
    const auto since =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - SimulatedClock::kSteadyStart);
    for (const char c : event) mix(static_cast<unsigned char>(c));
    mix(static_cast<std::uint64_t>(since.count()));
    ++events_;
    if (aloud_) fmt::print(stderr, "{:>12.6f} {}\n", static_cast<double>(since.count()) / 1e6, event);
  }
  // FNV-1a.
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100'0000'01B3; }

  const Clock& clock_;
  const bool aloud_;
  fmt::memory_buffer line_;
  std::uint64_t hash_ = 0xCBF2'9CE4'8422'2325;
  std::uint64_t events_ = 0;
};

}  // namespace larder::simulation
