// Socket: a plain blocking TCP socket for the test programs, apart from src/net on purpose: a bug there must not be
// mirrored by what tests it.
//
// Owns       the descriptor.
// Threads    one at a time, but shut_down() from any: it wakes whoever blocks in the others.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace larder::support {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  /// `address` is "127.0.0.1:9000" or "[::1]:0". Throws std::system_error, std::invalid_argument.
  static Socket listen(const std::string& address);
  /// `from`: the address that the peer sees ("127.0.0.2:0"); "": the system's choice.
  static Socket connect(const std::string& address, const std::string& from = "");

  /// An unopened socket once this one was shut down.
  Socket accept() const;
  bool is_open() const { return descriptor_ >= 0; }
  std::string local_address() const;

  /// False: the peer is gone.
  bool send_all(std::span<const std::byte> bytes) const;
  bool send_all(std::string_view text) const;
  /// Bytes read; 0 at the peer's orderly end; nothing on a reset or a time-out.
  std::optional<std::size_t> receive(std::span<std::byte> into) const;
  /// A receive() that waits longer than this fails. A safety net, so that a broken test ends.
  void limit_receive(std::chrono::seconds limit) const;
  /// False: neither bytes nor an end came within `limit`.
  bool wait_readable(std::chrono::seconds limit) const;
  /// Until the peer closes or this socket is shut down; what arrives meanwhile is dropped.
  void wait_for_end() const;

  /// Small: a peer that does not read makes the other side's writes wait early. Before connecting or listening only.
  void set_receive_buffer(int bytes) const;

  void shut_down() const;
  void shut_down_sending() const;
  void close();
  /// Closes with a reset.
  void reset();

 private:
  int descriptor_ = -1;
};

}  // namespace larder::support
