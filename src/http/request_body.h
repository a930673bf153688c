// RequestBody: the body of a request, read only if and when its handler asks for it.
//
// Whoever reads none of it answers at once and loses the connection: cheaper than to take in what nobody wants.
//
// Source     RFC 9110 section 10.1.1 (Expect: 100-continue).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "core/task.h"
#include "http/body_reader.h"
#include "http/idle_connections.h"
#include "http/request_head.h"
#include "net/byte_stream.h"

namespace larder::http {

class RequestBody {
 public:
  /// How slowly a body may come, from when it is asked for.
  struct Patience {
    std::chrono::milliseconds whole;  // to its end
    std::chrono::milliseconds first;  // before the rate counts
    std::uint64_t rate = 0;           // bytes a second, at least, from then on; 0: any
  };
  /// Asked before memory for `bytes` of a body is taken; whatever it answers but nullopt is why not.
  using MayHold = std::function<std::optional<HeadProblem>(std::size_t bytes)>;

  /// What is left for a body once `stopping` is true.
  static constexpr auto kStopGrace = std::chrono::seconds(2);

  /// `already_read`: what came behind the head. It, `head`, `stream`, `stopping` and `idle`, which may be null, must
  /// live as long as this.
  RequestBody(net::ByteStream& stream, const RequestHead& head, std::string_view already_read, Patience patience,
              const std::atomic<bool>& stopping, IdleConnections::Connection* idle)
      : stream_(stream), head_(head), early_(already_read), patience_(patience), stopping_(stopping), idle_(idle) {}

  /// All of it, if that is at most `limit` bytes; "" if the request has none. Tells a client that waits for it to go on
  /// ("100 Continue"). Memory grows with what arrives, not with what was announced. REQUIRES: it was not called before.
  /// Problems: 413 (larger), 408 (too slow), 503 (the server stops), 400 (bad chunks, or the client has gone), those of
  /// `may_hold`, which is not asked if it is empty, and must live until the end. Then the rest is not read.
  Task<Result<std::string, HeadProblem>> read(std::size_t limit, const MayHold& may_hold);
  Task<Result<std::string, HeadProblem>> read(std::size_t limit) { return read(limit, kAsksNobody); }

  /// The request has a body, and read() has not come to its end.
  bool unread() const { return head_.has_body() && !ended_; }
  /// What was received and is not of the body: what the next request begins with, unless unread().
  std::string_view left() const;

 private:
  static inline const MayHold kAsksNobody;

  Task<Result<std::string, HeadProblem>> read_all(std::size_t limit, const MayHold& may_hold);
  Task<Result<std::size_t>> read_some(std::string& body, std::size_t size);
  Task<Result<>> say_continue();
  std::size_t room_for(std::size_t size, std::size_t limit) const;
  void expect_more_than(std::size_t size);
  HeadProblem problem_of(const Error& error) const;

  net::ByteStream& stream_;
  const RequestHead& head_;
  std::string_view early_;
  Patience patience_;
  const std::atomic<bool>& stopping_;
  IdleConnections::Connection* const idle_;
  SteadyTime begun_{};
  std::optional<SteadyTime> stop_;  // set once the server stops: when the body has to be there
  std::optional<BodyReader> reader_;
  bool ended_ = false;
};

}  // namespace larder::http
