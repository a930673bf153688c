// Random: where a simulation's numbers come from: one seed, split into streams that do not disturb each other.
//
// A part of the simulation that draws once more does not change what the others draw, so that a failing seed mostly
// goes on failing while one looks for the reason.
//
// Source     Steele, Lea, Flood: Fast splittable pseudorandom number generators (OOPSLA 2014).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace larder::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E37'79B9'7F4A'7C15;
    std::uint64_t word = (state_ ^ (state_ >> 30)) * 0xBF58'476D'1CE4'E5B9;
    word = (word ^ (word >> 27)) * 0x94D0'49BB'1331'11EB;
    return word ^ (word >> 31);
  }

  /// One of 0 to bound - 1. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// One of low to high.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  /// True `odds` times of 10,000.
  bool happens(unsigned odds) { return below(10'000) < odds; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
  std::chrono::microseconds time(std::chrono::microseconds least, std::chrono::microseconds most) {
    return std::chrono::microseconds(
        between(static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count())));
  }

  /// Another stream, which this one's later draws do not touch.
  Random split() { return Random(next() ^ 0xA076'1D64'78BD'642F); }

 private:
  std::uint64_t state_;
};

}  // namespace larder::simulation
