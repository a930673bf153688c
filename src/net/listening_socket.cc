#include "net/listening_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/socket.h"

namespace larder::net {
namespace {

std::unexpected<Error> fail_listen(int error_number, const Endpoint& endpoint) {
  if (error_number == EADDRINUSE) {
    return fail(Errc::kConflict, "listen on {}: another program uses this port", to_string(endpoint));
  }
  return fail_errno(error_number, fmt::format("listen on {}", to_string(endpoint)));
}

/// -1 if it cannot be asked.
int option_of(int descriptor, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

bool prepare(int descriptor, const Endpoint& endpoint, const ListeningSocket::Options& options) {
  bool set = set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.reuse_port) set = set && set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
  // Connections inherit it. Linux takes twice as much as it is told, for what it keeps beside the bytes.
  if (options.send_buffer > 0) set = set && set_option(descriptor, SOL_SOCKET, SO_SNDBUF, options.send_buffer / 2);
  if (!endpoint.address.is_v4()) set = set && set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  const SocketAddress address = to_socket_address(endpoint);
  return set && ::bind(descriptor, address.get(), address.size) == 0;
}

}  // namespace

Result<ListeningSocket> ListeningSocket::bind(const Endpoint& endpoint, Options options) {
  const int family = endpoint.address.is_v4() ? AF_INET : AF_INET6;
  Descriptor descriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (descriptor.number() < 0 || !prepare(descriptor.number(), endpoint, options)) return fail_listen(errno, endpoint);
  const Endpoint local = local_endpoint(descriptor.number());
  return ListeningSocket(std::move(descriptor), local, options.backlog);
}

Result<ListeningSocket> ListeningSocket::adopt(Descriptor descriptor) {
  const int domain = option_of(descriptor.number(), SO_DOMAIN);
  const bool is_tcp =
      (domain == AF_INET || domain == AF_INET6) && option_of(descriptor.number(), SO_TYPE) == SOCK_STREAM;
  if (!is_tcp || option_of(descriptor.number(), SO_ACCEPTCONN) != 1) {
    return fail(Errc::kInvalid, "descriptor {} is no TCP socket that listens", descriptor.number());
  }
  const int flags = ::fcntl(descriptor.number(), F_GETFL);
  if (flags < 0 || ::fcntl(descriptor.number(), F_SETFL, flags | O_NONBLOCK) < 0 ||
      ::fcntl(descriptor.number(), F_SETFD, FD_CLOEXEC) < 0) {
    return fail_errno(errno, "a socket that was handed on");
  }
  const Endpoint local = local_endpoint(descriptor.number());
  return ListeningSocket(std::move(descriptor), local, std::nullopt);
}

Result<ListeningSocket> ListeningSocket::duplicate() const {
  Descriptor copy(::fcntl(descriptor_.number(), F_DUPFD_CLOEXEC, 0));
  if (copy.number() < 0) return fail_listen(errno, local_);
  return ListeningSocket(std::move(copy), local_, backlog_);
}

Result<> ListeningSocket::begin() {
  if (backlog_ && ::listen(descriptor_.number(), *backlog_) != 0) return fail_listen(errno, local_);
  backlog_.reset();
  return {};
}

bool ListeningSocket::shares_its_port() const { return option_of(descriptor_.number(), SO_REUSEPORT) == 1; }

}  // namespace larder::net
