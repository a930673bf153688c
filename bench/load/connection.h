// Connection: one keep-alive client connection that checks each answer and throws its body away.
//
// Bodies are discarded inside the kernel (recv with MSG_TRUNC): a client that copies them is slower than the servers
// it is to measure.
//
// Owns       its socket.
// Threads    one.
#pragma once

#include <netinet/in.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "bench/load/request_plan.h"
#include "core/result.h"

namespace larder::bench {

class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  Connection() = default;
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects anew, dropping what was there. Errors: kUnavailable.
  Result<> connect(const sockaddr_in& server);

  /// Sends request(). REQUIRES: connected, no answer outstanding.
  Result<> send();

  /// Takes what has arrived: true once the answer is complete.
  /// Errors: kUnavailable (closed early), kCorrupt (not the answer that request() asked for).
  Result<bool> receive();

  /// The request that send() sends next, or whose answer is arriving.
  PlannedRequest& request() { return request_; }
  int descriptor() const { return socket_; }
  Clock::time_point sent_at() const { return sent_at_; }
  /// When the first byte of the last answer's body arrived.
  Clock::time_point body_at() const { return body_at_; }

 private:
  void close();
  Result<bool> receive_head();
  Result<bool> receive_body();
  Result<> check_head(std::string_view head) const;

  int socket_ = -1;
  PlannedRequest request_;
  std::array<char, 4096> head_{};
  std::size_t head_bytes_ = 0;
  bool in_body_ = false;
  std::uint64_t body_left_ = 0;
  Clock::time_point sent_at_;
  Clock::time_point body_at_;
};

}  // namespace larder::bench
