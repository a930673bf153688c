// Listener: accepts TCP connections on one endpoint, on one io_context.
//
// Threads    the thread of its io_context, all calls.
// Cancel     close(): an accept() under way ends with kCancelled.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>

#include "net/tcp_stream.h"
#include "net/timer.h"

namespace larder::net {

class Listener {
 public:
  struct Options {
    bool reuse_port = true;  // each event loop has a listener of its own on the same port
    int backlog = 4096;      // connections that wait in the kernel; /proc/sys/net/core/somaxconn caps it
    int send_buffer = 0;     // bytes that the kernel holds for each connection; 0: as many as it likes
  };
  /// How long accept() rests when the process is out of descriptors.
  static constexpr auto kPause = std::chrono::milliseconds(50);

  /// Port 0 takes a free one: see local(). An IPv6 endpoint takes IPv6 only.
  /// Errors: kConflict (in use), kRefused (a port that needs privileges), kUnavailable.
  static Result<std::unique_ptr<Listener>> open(Executor executor, DeadlineSweeper& sweeper, const Endpoint& endpoint,
                                                Options options);
  static Result<std::unique_ptr<Listener>> open(Executor executor, DeadlineSweeper& sweeper, const Endpoint& endpoint) {
    return open(executor, sweeper, endpoint, Options());
  }

  /// The next connection. Errors: kCancelled (closed), kUnavailable (out of descriptors or memory, after kPause: so
  /// that a caller that goes on at once does not spin).
  Task<Result<std::unique_ptr<TcpStream>>> accept();

  const Endpoint& local() const { return local_; }
  void close();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

  Listener(Acceptor acceptor, DeadlineSweeper& sweeper, const Endpoint& local);
  Result<std::unique_ptr<TcpStream>> adopt(int descriptor, const Endpoint& peer);

  Acceptor acceptor_;
  Timer pause_;
  DeadlineSweeper& sweeper_;
  Endpoint local_;
};

}  // namespace larder::net
