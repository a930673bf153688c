#include "net/listener.h"

#include <netinet/in.h>
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

std::unexpected<Error> fail_listen(int error_number, const Endpoint& endpoint) {
  if (error_number == EADDRINUSE) {
    return fail(Errc::kConflict, "listen on {}: another program uses this port", to_string(endpoint));
  }
  return fail_errno(error_number, fmt::format("listen on {}", to_string(endpoint)));
}

Result<> prepare(int descriptor, const Endpoint& endpoint, const Listener::Options& options) {
  bool set = set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.reuse_port) set = set && set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
  // Connections inherit it. Linux takes twice as much as it is told, for what it keeps beside the bytes.
  if (options.send_buffer > 0) set = set && set_option(descriptor, SOL_SOCKET, SO_SNDBUF, options.send_buffer / 2);
  if (!endpoint.address.is_v4()) set = set && set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  const SocketAddress address = to_socket_address(endpoint);
  if (!set || ::bind(descriptor, address.get(), address.size) != 0 || ::listen(descriptor, options.backlog) != 0) {
    return fail_listen(errno, endpoint);
  }
  return {};
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
  const int family = endpoint.address.is_v4() ? AF_INET : AF_INET6;
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return fail_listen(errno, endpoint);
  Acceptor acceptor(executor);
  boost::system::error_code error;
  acceptor.assign(protocol_of(endpoint), descriptor, error);
  if (error) {
    ::close(descriptor);
    return fail_listen(error.value(), endpoint);
  }
  TRY_VOID(prepare(descriptor, endpoint, options));
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), sweeper, local_endpoint(descriptor)));
}

Listener::Listener(Acceptor acceptor, DeadlineSweeper& sweeper, const Endpoint& local)
    : acceptor_(std::move(acceptor)), pause_(acceptor_.get_executor()), sweeper_(sweeper), local_(local) {}

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
