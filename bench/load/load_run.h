// LoadRun: a fixed number of connections, each with one request outstanding, until the time or the work is over.
//
// All connections are open before the first request leaves; what is outstanding at the end is still waited for and
// counted, so that the server's CPU time and the bytes belong together.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/latency_histogram.h"
#include "bench/load/request_plan.h"
#include "core/result.h"

namespace larder::bench {

struct LoadLimits {
  std::size_t connections = 1;
  std::chrono::nanoseconds duration{};  // 0: until `requests`
  std::uint64_t requests = 0;           // 0: until `duration`
  std::chrono::seconds stall{30};       // without any byte for this long the run has failed
};

struct LoadTotals {
  std::uint64_t requests = 0;  // answered completely and as expected
  std::uint64_t bytes = 0;     // body bytes of those
  std::uint64_t errors = 0;
  std::string first_error;
  std::chrono::nanoseconds elapsed{};
  LatencyHistogram latency;     // request sent to last byte
  LatencyHistogram first_byte;  // request sent to first byte of the body
};

class LoadRun {
 public:
  LoadRun(const sockaddr_in& server, LoadLimits limits, RequestPlan plan);
  ~LoadRun();
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  /// Errors: kUnavailable (cannot connect, too many errors), kTimeout (the server stalls).
  Result<LoadTotals> run();

 private:
  Result<> open(Connection& connection);
  Result<> serve(Connection& connection);
  Result<> failed(Connection& connection, const Error& error);
  Result<> send_next(Connection& connection);
  bool may_send() const;

  sockaddr_in server_;
  LoadLimits limits_;
  RequestPlan plan_;
  int poller_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  Connection::Clock::time_point started_at_;
  std::uint64_t issued_ = 0;
  std::uint64_t outstanding_ = 0;
  LoadTotals totals_;
};

}  // namespace larder::bench
