#include "support/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace larder::support {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("\"" + text + "\" is not an address with a port");
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);

  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), text.c_str() + colon + 1, &hints, &found) != 0) {
    throw std::invalid_argument("\"" + text + "\" is not an address with a port");
  }
  Address address;
  address.length = found->ai_addrlen;
  std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
              reinterpret_cast<char*>(&address.storage));
  ::freeaddrinfo(found);
  return address;
}

[[noreturn]] void fail_with_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void set_option(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

Socket::~Socket() { close(); }

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

Socket Socket::listen(const std::string& address) {
  const Address parsed = parse_address(address);
  Socket socket(::socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) fail_with_errno("cannot make a socket");
  set_option(socket.descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(socket.descriptor_, parsed.get(), parsed.length) != 0 || ::listen(socket.descriptor_, 1024) != 0) {
    fail_with_errno("cannot listen on " + address);
  }
  return socket;
}

Socket Socket::connect(const std::string& address, const std::string& from) {
  const Address parsed = parse_address(address);
  Socket socket(::socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) fail_with_errno("cannot make a socket");
  if (!from.empty()) {
    const Address own = parse_address(from);
    if (::bind(socket.descriptor_, own.get(), own.length) != 0) fail_with_errno("cannot connect from " + from);
  }
  if (::connect(socket.descriptor_, parsed.get(), parsed.length) != 0) fail_with_errno("cannot connect to " + address);
  set_option(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
  return socket;
}

Socket Socket::accept() const {
  for (;;) {
    Socket socket(::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.is_open()) set_option(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
    if (socket.is_open() || (errno != EINTR && errno != ECONNABORTED)) return socket;
  }
}

std::string Socket::local_address() const {
  Address address;
  address.length = sizeof address.storage;
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(address.get(), address.length, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string name(host.data());
  return (name.contains(':') ? "[" + name + "]" : name) + ":" + port.data();
}

bool Socket::send_all(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Socket::send_all(std::string_view text) const { return send_all(std::as_bytes(std::span(text))); }

std::optional<std::size_t> Socket::receive(std::span<std::byte> into) const {
  for (;;) {
    const ssize_t received = ::recv(descriptor_, into.data(), into.size(), 0);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno != EINTR) return std::nullopt;
  }
}

void Socket::limit_receive(std::chrono::seconds limit) const {
  const timeval value{.tv_sec = limit.count(), .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
}

bool Socket::wait_readable(std::chrono::seconds limit) const {
  pollfd entry{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(std::chrono::milliseconds(limit).count())) > 0;
}

void Socket::wait_for_end() const {
  std::array<std::byte, 4096> dropped{};
  while (receive(dropped).value_or(0) > 0) continue;
}

void Socket::set_receive_buffer(int bytes) const { set_option(descriptor_, SOL_SOCKET, SO_RCVBUF, bytes); }

void Socket::shut_down() const { ::shutdown(descriptor_, SHUT_RDWR); }

void Socket::shut_down_sending() const { ::shutdown(descriptor_, SHUT_WR); }

void Socket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Socket::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

}  // namespace larder::support
