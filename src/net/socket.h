// Endpoints as the kernel's sockaddr, and the socket calls that the streams, the listener and dial() share.
#pragma once

#include <sys/socket.h>

#include "net/address.h"

namespace larder::net {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

SocketAddress to_socket_address(const Endpoint& endpoint);
/// 0.0.0.0:0 if it is neither IPv4 nor IPv6.
Endpoint to_endpoint(const SocketAddress& address);
/// The endpoint that `descriptor` is bound to; 0.0.0.0:0 if there is none.
Endpoint local_endpoint(int descriptor);

bool set_option(int descriptor, int level, int option, int value);

}  // namespace larder::net
