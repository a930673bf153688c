#include "net/dialler.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/socket.h"
#include "net/tcp_stream.h"
#include "net/tls_stream.h"

namespace larder::net {
namespace {

std::unexpected<Error> fail_connect(int error_number, const Endpoint& endpoint) {
  return fail(Errc::kUnavailable, "connect to {}: {}", to_string(endpoint),
              std::error_code(error_number, std::generic_category()).message());
}

std::unexpected<Error> fail_at(const Endpoint& endpoint, const Error& error) {
  return fail(error.code, "connect to {}: {}", to_string(endpoint), error.text);
}

Result<TcpStream::Socket> open_socket(Executor executor, const Endpoint& endpoint) {
  const bool v4 = endpoint.address.is_v4();
  const int descriptor = ::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return fail_connect(errno, endpoint);
  TcpStream::Socket socket(executor);
  boost::system::error_code error;
  socket.assign(v4 ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), descriptor, error);
  if (error) {
    ::close(descriptor);
    return fail_connect(error.value(), endpoint);
  }
  return socket;
}

Task<Result<std::unique_ptr<TcpStream>>> dial_tcp(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                                  SteadyTime deadline) {
  CO_TRY(auto socket, open_socket(executor, endpoint));
  auto stream = std::make_unique<TcpStream>(std::move(socket), endpoint, sweeper);
  stream->expire_at(deadline);

  const SocketAddress address = to_socket_address(endpoint);
  if (::connect(stream->descriptor(), address.get(), address.size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) co_return fail_connect(errno, endpoint);
    const auto waited = co_await stream->wait(IoStep::Kind::kWantWrite);
    if (!waited) co_return fail_at(endpoint, waited.error());
    int error_number = 0;
    socklen_t size = sizeof error_number;
    ::getsockopt(stream->descriptor(), SOL_SOCKET, SO_ERROR, &error_number, &size);
    if (error_number != 0) co_return fail_connect(error_number, endpoint);
  }
  stream->expire_at(SteadyTime::max());
  co_return stream;
}

}  // namespace

Task<Result<std::unique_ptr<ByteStream>>> dial(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                               SteadyTime deadline) {
  CO_TRY(auto stream, co_await dial_tcp(executor, sweeper, endpoint, deadline));
  co_return std::unique_ptr<ByteStream>(std::move(stream));
}

Task<Result<std::unique_ptr<ByteStream>>> dial_tls(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                                   std::shared_ptr<const TlsContext> context, std::string host_name,
                                                   SteadyTime deadline) {
  CO_TRY(auto tcp, co_await dial_tcp(executor, sweeper, endpoint, deadline));
  auto connected = co_await TlsStream::connect(std::move(tcp), std::move(context), std::move(host_name), deadline);
  if (!connected) co_return fail_at(endpoint, connected.error());
  co_return std::unique_ptr<ByteStream>(*std::move(connected));
}

}  // namespace larder::net
