// RequestPlan: which request comes next, and what a right answer to it looks like.
//
// The same seed gives the same requests in the same order, so that every server does the same work.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace larder::bench {

struct Workload {
  std::string target;            // request target; "{}" stands for the object's number
  std::string host;              // value of the Host header
  std::uint64_t first = 0;       // number of the first object
  std::uint64_t objects = 1;     // how many objects there are
  std::uint64_t size = 0;        // bytes of each of them
  std::uint64_t range_size = 0;  // ask for random aligned ranges of this size; 0: for whole objects
  bool in_order = false;         // objects one after the other instead of at random
};

struct PlannedRequest {
  std::string text;  // head as it goes to the server
  int status = 0;
  std::uint64_t body_bytes = 0;
  std::optional<std::uint64_t> range_start;  // what Content-Range has to begin with
};

class RequestPlan {
 public:
  /// REQUIRES: at least one object of at least one byte.
  RequestPlan(Workload workload, std::uint64_t seed) : workload_(std::move(workload)), random_(seed) {}

  /// Replaces `request` (its buffer is used again) by the next one of the plan.
  void next(PlannedRequest& request);

 private:
  std::uint64_t pick(std::uint64_t count) {
    return std::uniform_int_distribution<std::uint64_t>(0, count - 1)(random_);
  }

  Workload workload_;
  std::mt19937_64 random_;
  std::uint64_t issued_ = 0;
};

}  // namespace larder::bench
