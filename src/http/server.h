// Server: accepts connections on one event loop and has each served by a RequestHandler, within a common limit.
//
// Where too few are free for a client that has few, it takes the place of a connection that waits for its client, of
// the site with the most of those: nobody is locked out by those who hold places and do nothing with them. That site
// itself gets none, unless it is that of a client without limits, such as a proxy.
//
// Threads    its loop, all calls.
// Cancel     stop(): no new connections, idle ones end, running responses go on; retire(): no new connections, and each
//            that is there gets one more answer; abort() cuts off what runs.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/log.h"
#include "core/task.h"
#include "http/idle_connections.h"
#include "http/server_session.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/server_certificate.h"
#include "net/tls_stream.h"

namespace larder::http {

/// What the servers of all loops share.
struct ConnectionLimit {
  std::atomic<std::size_t> limit{1000};
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> leaving{0};  // turned away, and read to their end

  std::size_t free() const {
    const std::size_t most = limit.load(std::memory_order_relaxed);
    return most - std::min(open.load(std::memory_order_relaxed), most);
  }
};

// Whoever counts the connections of a server, and may turn clients away. Called on its loop.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;
  virtual void accepted() {}  // each is then turned away, or opened and closed
  /// Whether `client` may have one more TLS handshake, which costs far more than a connection. Asked first.
  virtual bool may_shake_hands(const net::IpAddress& /*client*/) { return true; }
  /// Whether `client` may have one more connection, when `free` are left for everybody; true is followed by dismiss()
  /// when that ends.
  virtual bool admit(const net::IpAddress& /*client*/, std::size_t /*free*/) { return true; }
  virtual void dismiss(const net::IpAddress& /*client*/) {}
  /// Whether `client` may have any number of connections: a proxy, whose clients are many. Its own ones that wait are
  /// no reason to turn it away.
  virtual bool is_unlimited(const net::IpAddress& /*client*/) { return false; }
  virtual void turned_away() {}
  /// It was turned away because it has its share.
  virtual void had_its_share() {}
  virtual void opened() {}
  virtual void closed() {}
};

class Server {
 public:
  struct Options {
    SessionLimits session;
    net::Listener::Options listener;
    // What connections beyond the common limit are told, and those that were not admitted.
    std::string busy = "there are as many connections as there may be";
    std::string not_admitted = "your address has as many connections as it may have";
  };

  /// The references must outlive it.
  Server(net::Loop& loop, RequestHandler& handler, Options options, ConnectionLimit& connections,
         ConnectionObserver& observer, Log& log);

  /// Listens; start() accepts. `certificate` null: plain HTTP. Errors: Listener::open()'s.
  Result<net::Endpoint> listen(const net::Endpoint& endpoint,
                               std::shared_ptr<const net::ServerCertificate> certificate);
  /// The same on a socket that is there already. Errors: as above.
  Result<> listen_on(net::ListeningSocket socket, std::shared_ptr<const net::ServerCertificate> certificate);

  // OpenSocket: one that it listens on.
  struct OpenSocket {
    int descriptor = -1;
    bool tls = false;
  };
  /// Until stop() or retire().
  std::vector<OpenSocket> sockets() const;
  /// Serves a connection that was accepted elsewhere, at `local`: true, if it listens there and takes it over.
  bool take_in(Descriptor& accepted, const net::Endpoint& local, const net::Endpoint& peer);

  /// The same on a listening Unix stream socket, of which `descriptor` becomes the server's own. Its clients have the
  /// address 0.0.0.0. Errors: Listener::of_socket_file()'s.
  Result<> listen_on(Descriptor descriptor);

  /// Accepts on all listeners from now on. REQUIRES: the loop does not run yet, and will.
  void start();
  void stop();
  /// Another process has its sockets too and serves on them: closes these; each connection gets one more answer, which
  /// says that it closes, for whoever would go on with it is not turned away.
  void retire();
  void abort();
  /// From another thread than the loop's, which runs: stops, and waits until nothing is left; what takes longer than
  /// `patience` is aborted. False: something waits for a disk yet, and goes on.
  bool end(std::chrono::milliseconds patience);
  void when_idle(std::function<void()> done) { tasks_.when_idle(std::move(done)); }

 private:
  static constexpr auto kHandshakePatience = std::chrono::seconds(10);
  static constexpr auto kAbortPatience = std::chrono::seconds(5);
  static constexpr auto kReportInterval = std::chrono::seconds(10);
  /// Turned away with care at the same time, by all servers: they are beyond the limit of connections, and where that
  /// is low because descriptors are few, they are few as well.
  static constexpr std::size_t kMostLeaving = 64;
  static constexpr std::size_t kLeastLeaving = 8;
  static constexpr std::size_t kLeavingPart = 8;  // of the limit

  enum class Entry { kIn, kFull, kHasItsShare };

  Task<void> accept_all(net::Listener& listener, std::shared_ptr<const net::ServerCertificate> certificate);
  void take_in(std::unique_ptr<net::TcpStream> tcp, const std::shared_ptr<const net::ServerCertificate>& certificate);
  Entry let_in(const net::IpAddress& client);
  bool take_place_of_idle(const net::IpAddress& client);
  bool take_place();
  Task<void> serve(std::unique_ptr<net::TcpStream> tcp, std::shared_ptr<const net::TlsContext> tls);
  Task<void> serve_tls(net::TlsStream& stream);
  Task<Result<>> shake_hands(net::TlsStream& stream, IdleConnections::Connection& connection);
  Task<void> serve_stream(net::ByteStream& stream, IdleConnections::Connection& connection);
  bool may_leave_with_care() const;
  void turn_away(std::unique_ptr<net::TcpStream> tcp, bool tls, const std::string& why);
  Task<void> say(std::unique_ptr<net::TcpStream> tcp, const std::string& why);
  void report(const Error& failure);

  net::Loop& loop_;
  RequestHandler& handler_;
  const SessionLimits limits_;
  const net::Listener::Options listener_;
  const std::string busy_;
  const std::string not_admitted_;
  ConnectionLimit& connections_;
  ConnectionObserver& observer_;
  Log& log_;
  std::atomic<bool> stopping_{false};
  bool retiring_ = false;
  SteadyTime next_report_{};  // of connections that cannot be accepted
  struct Entrance {
    std::unique_ptr<net::Listener> listener;
    std::shared_ptr<const net::ServerCertificate> certificate;
  };
  std::vector<Entrance> entrances_;
  std::unordered_set<net::ByteStream*> streams_;
  IdleConnections idle_;
  TaskGroup tasks_;
};

}  // namespace larder::http
