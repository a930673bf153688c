// Listener: accepts TCP connections on one endpoint, or those of a Unix socket, on one io_context.
//
// Threads    the thread of its io_context, all calls.
// Cancel     close(): an accept() under way ends with kCancelled.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>

#include "net/listening_socket.h"
#include "net/tcp_stream.h"
#include "net/timer.h"

namespace larder::net {

class Listener {
 public:
  using Options = ListeningSocket::Options;
  /// How long accept() rests when the process is out of descriptors.
  static constexpr auto kPause = std::chrono::milliseconds(50);

  /// Accepts what comes to `socket`, which begins to listen unless it does. Errors: ListeningSocket::begin()'s.
  static Result<std::unique_ptr<Listener>> open(Executor executor, DeadlineSweeper& sweeper, ListeningSocket socket);
  /// The same with a socket of its own. Errors: ListeningSocket::bind()'s.
  static Result<std::unique_ptr<Listener>> open(Executor executor, DeadlineSweeper& sweeper, const Endpoint& endpoint,
                                                Options options);
  static Result<std::unique_ptr<Listener>> open(Executor executor, DeadlineSweeper& sweeper, const Endpoint& endpoint) {
    return open(executor, sweeper, endpoint, Options());
  }

  /// On a listening Unix stream socket (net/socket_file.h), of which `descriptor` becomes the listener's own: local()
  /// and the peers of its connections are 0.0.0.0:0. Errors: kUnavailable.
  static Result<std::unique_ptr<Listener>> of_socket_file(Executor executor, DeadlineSweeper& sweeper,
                                                          Descriptor descriptor);

  /// The next connection. Errors: kCancelled (closed), kUnavailable (out of descriptors or memory, after kPause: so
  /// that a caller that goes on at once does not spin).
  Task<Result<std::unique_ptr<TcpStream>>> accept();

  /// A connection that was accepted at the same address by somebody else, and is non-blocking; it is closed with an
  /// error, which is kUnavailable.
  Result<std::unique_ptr<TcpStream>> adopt(int accepted, const Endpoint& peer);

  const Endpoint& local() const { return local_; }
  /// Of the socket, to be handed on. REQUIRES: it is not closed.
  int descriptor() const { return descriptor_; }
  void close();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

  Listener(Acceptor acceptor, DeadlineSweeper& sweeper, const Endpoint& local);

  Acceptor acceptor_;
  int descriptor_;
  Timer pause_;
  DeadlineSweeper& sweeper_;
  Endpoint local_;
};

}  // namespace larder::net
