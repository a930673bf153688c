#include "net/listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/socket.h"

namespace larder::net {
namespace {

asio::ip::tcp protocol_of(const Endpoint& endpoint) {
  return endpoint.address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6();
}

/// Errors of one connection that came and went, not of the listener.
bool is_transient(int error_number) {
  switch (error_number) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case ENONET:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Executor executor, DeadlineSweeper& sweeper, const Endpoint& endpoint,
                                                 Options options) {
  TRY(ListeningSocket socket, ListeningSocket::bind(endpoint, options));
  return open(std::move(executor), sweeper, std::move(socket));
}

Result<std::unique_ptr<Listener>> Listener::open(Executor executor, DeadlineSweeper& sweeper, ListeningSocket socket) {
  TRY_VOID(socket.begin());
  const Endpoint local = socket.local();
  Acceptor acceptor(executor);
  boost::system::error_code error;
  Descriptor descriptor = std::move(socket).release();
  acceptor.assign(protocol_of(local), descriptor.number(), error);
  if (error) return fail(Errc::kUnavailable, "listen on {}: {}", to_string(local), error.message());
  static_cast<void>(descriptor.release());
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), sweeper, local));
}

// Asio only waits for the descriptor, whatever socket it is.
Result<std::unique_ptr<Listener>> Listener::of_socket_file(Executor executor, DeadlineSweeper& sweeper,
                                                           Descriptor descriptor) {
  Acceptor acceptor(executor);
  boost::system::error_code error;
  acceptor.assign(asio::ip::tcp::v4(), descriptor.number(), error);
  if (error) return fail_errno(error.value(), "listen on a Unix socket");
  static_cast<void>(descriptor.release());
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), sweeper, Endpoint()));
}

Listener::Listener(Acceptor acceptor, DeadlineSweeper& sweeper, const Endpoint& local)
    : acceptor_(std::move(acceptor)),
      descriptor_(acceptor_.native_handle()),
      pause_(acceptor_.get_executor()),
      sweeper_(sweeper),
      local_(local) {}

Task<Result<std::unique_ptr<TcpStream>>> Listener::accept() {
  while (acceptor_.is_open()) {
    SocketAddress peer;
    const int descriptor = ::accept4(acceptor_.native_handle(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) co_return adopt(descriptor, to_endpoint(peer));
    const int error_number = errno;
    if (is_transient(error_number)) continue;
    if (error_number == EAGAIN || error_number == EWOULDBLOCK) {
      const auto [error] = co_await acceptor_.async_wait(Acceptor::wait_read, no_throw);
      if (error) break;
      continue;
    }
    co_await pause_.wait(pause_.time().now() + kPause);
    co_return fail(Errc::kUnavailable, "accept on {}: {}", to_string(local_),
                   std::error_code(error_number, std::generic_category()).message());
  }
  co_return fail(Errc::kCancelled, "the listener on {} is closed", to_string(local_));
}

Result<std::unique_ptr<TcpStream>> Listener::adopt(int descriptor, const Endpoint& peer) {
  TcpStream::Socket socket(acceptor_.get_executor());
  boost::system::error_code error;
  socket.assign(protocol_of(local_), descriptor, error);
  if (error) {
    ::close(descriptor);
    return fail(Errc::kUnavailable, "accept on {}: {}", to_string(local_), error.message());
  }
  return std::make_unique<TcpStream>(std::move(socket), peer, sweeper_);
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace larder::net
