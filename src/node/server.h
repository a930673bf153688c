// Server: accepts connections on one event loop and has each served by a RequestHandler, within a common limit.
//
// Threads    its loop, all calls.
// Cancel     stop(): no new connections, idle ones end, running responses go on; abort() cuts those off.
#pragma once

#include <atomic>
#include <memory>
#include <unordered_set>
#include <vector>

#include "core/log.h"
#include "core/task.h"
#include "http/server_session.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/tls_stream.h"
#include "node/counters.h"

namespace larder::node {

/// What the servers of all loops share.
struct ConnectionLimit {
  std::atomic<std::size_t> limit{1000};
  std::atomic<std::size_t> open{0};
};

class Server {
 public:
  Server(net::Loop& loop, http::RequestHandler& handler, http::SessionLimits limits, ConnectionLimit& connections,
         Counters& counters, Log& log);

  /// Listens; start() accepts. `tls` null: plain HTTP. Errors: Listener::open()'s.
  Result<net::Endpoint> listen(const net::Endpoint& endpoint, std::shared_ptr<const net::TlsContext> tls);

  /// Accepts on all listeners from now on. REQUIRES: the loop does not run yet, and will.
  void start();
  void stop();
  void abort();
  void when_idle(std::function<void()> done) { tasks_.when_idle(std::move(done)); }

 private:
  static constexpr auto kHandshakePatience = std::chrono::seconds(10);

  Task<void> accept_all(net::Listener& listener, std::shared_ptr<const net::TlsContext> tls);
  Task<void> serve(std::unique_ptr<net::TcpStream> tcp, std::shared_ptr<const net::TlsContext> tls);
  Task<void> serve_stream(net::ByteStream& stream);
  void turn_away(net::TcpStream& tcp);

  net::Loop& loop_;
  http::RequestHandler& handler_;
  const http::SessionLimits limits_;
  ConnectionLimit& connections_;
  Counters& counters_;
  Log& log_;
  std::atomic<bool> stopping_{false};
  struct Entrance {
    std::unique_ptr<net::Listener> listener;
    std::shared_ptr<const net::TlsContext> tls;
  };
  std::vector<Entrance> entrances_;
  std::unordered_set<net::ByteStream*> streams_;
  TaskGroup tasks_;
};

}  // namespace larder::node
