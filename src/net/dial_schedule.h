// DialSchedule: when which of several addresses of one peer is tried.
//
// They are tried in their order, each a little later than the one before, or as soon as one has failed: so an address
// that swallows packets costs a quarter of a second and not a time-out.
//
// Threads    one. It decides only; dial_first() does.
// Source     RFC 8305 (Happy Eyeballs), section 5. The order, families in turn, is the caller's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "core/clock.h"

namespace larder::net {

class DialSchedule {
 public:
  struct Options {
    std::chrono::milliseconds stagger = std::chrono::milliseconds(250);
    std::chrono::milliseconds patience = std::chrono::seconds(3);  // with each address
  };

  DialSchedule(std::size_t addresses, Options options) : addresses_(addresses), options_(options) {}

  /// The number of the address to try now; nullopt: none yet, or none is left. Ask again until it is nullopt.
  std::optional<std::size_t> start(SteadyTime now) {
    if (all_started() || now < due_) return std::nullopt;
    due_ = now + options_.stagger;
    running_.push_back({started_, now + options_.patience});
    return started_++;
  }
  /// An attempt has failed: the next one is due.
  void failed(std::size_t number) {
    std::erase_if(running_, [&](const Attempt& attempt) { return attempt.number == number; });
    due_ = SteadyTime::min();
  }
  /// The number of an attempt that has used up its patience, which counts as failed; nullopt: none.
  std::optional<std::size_t> expire(SteadyTime now) {
    if (running_.empty() || now < running_.front().end) return std::nullopt;
    const std::size_t number = running_.front().number;
    failed(number);
    return number;
  }
  /// Every address has failed.
  bool over() const { return all_started() && running_.empty(); }
  /// When to ask again if nothing fails before. REQUIRES: not over().
  SteadyTime next() const {
    const SteadyTime end = running_.empty() ? SteadyTime::max() : running_.front().end;
    return all_started() ? end : std::min(end, due_);
  }

 private:
  struct Attempt {
    std::size_t number;
    SteadyTime end;
  };

  bool all_started() const { return started_ == addresses_; }

  const std::size_t addresses_;
  const Options options_;
  std::size_t started_ = 0;
  SteadyTime due_ = SteadyTime::min();  // of the next start
  std::vector<Attempt> running_;        // oldest first
};

}  // namespace larder::net
