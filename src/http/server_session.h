// serve(): one client's connection: reads requests, has each answered by a RequestHandler, one after the other.
//
// The session owns what comes before a response (heads, time-outs, refusals) and after it (keep-alive, closing so that
// the client can read the answer). The response itself is written by the handler: it knows about sendfile.
//
// Cost       an idle connection holds a read buffer of a kilobyte.
// Cancel     `stopping`: idle connections end within DeadlineSweeper::kInterval, others after the response they are in.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/clock.h"
#include "core/task.h"
#include "http/idle_connections.h"
#include "http/request_body.h"
#include "http/request_head.h"
#include "net/byte_stream.h"

namespace larder::http {

struct SessionLimits {
  std::size_t head_bytes = 16 * 1024;
  std::chrono::milliseconds idle = std::chrono::seconds(60);  // between requests
  std::chrono::milliseconds head = std::chrono::seconds(10);  // from a head's first byte to its last
  std::chrono::milliseconds body = std::chrono::seconds(60);  // a whole body, from when the handler asks for it
  std::uint64_t body_rate = 0;  // bytes a second of a body, at least, after as long as a head may take; 0: any
};

/// One request, while it is being answered.
struct Exchange {
  Exchange(const RequestHead& request_head, net::ByteStream& client, RequestBody& request_body,
           const std::atomic<bool>& server_stopping)
      : head(request_head), stream(client), body(request_body), stopping(server_stopping) {}

  const RequestHead& head;  // its views are valid until handle() returns
  net::ByteStream& stream;  // no deadline set
  RequestBody& body;        // empty unless the handler takes_bodies()
  const std::atomic<bool>& stopping;
  IdleConnections::Connection* idle = nullptr;  // for handlers whose answers wait for nothing but their client
  bool keep_alive = true;  // false if the client wants the connection closed; the handler may clear it
  /// Whether the connection stays open after the response: asked when its head is written, which says
  /// "Connection: close" if not, or "Connection: keep-alive" if so and head.minor_version is 0. What is left of a body
  /// is never taken for the next request.
  bool stays_open() const { return keep_alive && !body.unread() && !stopping.load(std::memory_order_relaxed); }
};

enum class Persistence {
  kKeep,   // the response is complete
  kClose,  // complete, and the connection cannot go on
  kAbort,  // it broke off: reset, so that the client does not take it for whole
};

/// The answer to a request that never came to a handler.
struct Refusal {
  std::string content_type;
  std::string body;
  std::string allow;  // methods, for 405
};

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  /// Writes the whole response to exchange.stream; for HEAD without its body. Requests with a body, or with an
  /// expectation that we do not know, are refused before they come here, unless it takes_bodies().
  virtual Task<Persistence> handle(Exchange& exchange) = 0;
  /// Asked once for each connection.
  virtual bool takes_bodies() const { return false; }
  /// What a refusal says.
  virtual Refusal refusal(const HeadProblem& problem) const {
    return {"text/plain; charset=utf-8", problem.text + "\n", "GET, HEAD"};
  }
  /// The session answered a request that never came to handle(): for logs and counters.
  virtual void refused(net::ByteStream& stream, const HeadProblem& problem) = 0;
};

/// A whole response of `now` with `handler`'s refusal for `problem`; it says that the connection closes.
std::string refusal_text(const RequestHandler& handler, const HeadProblem& problem, WallTime now);

/// Closes `stream`, but takes in first what the client still sends, for a short time, of which little is left once
/// `stopping`: closing at once would reset the connection, and what was sent last might never be read.
Task<void> linger(net::ByteStream& stream, const std::atomic<bool>& stopping);

/// Ends when the connection has been closed, by either side. The references must live until then. `idle`, if it is not
/// null, is told while the connection waits for its client; once `*retiring`, the next response is the last one.
Task<void> serve(net::ByteStream& stream, RequestHandler& handler, const SessionLimits& limits,
                 const std::atomic<bool>& stopping, IdleConnections::Connection* idle = nullptr,
                 const bool* retiring = nullptr);

}  // namespace larder::http
