// ListeningSocket: a TCP socket that clients connect to: bound by this process, or handed on to it by another.
//
// What is handed on is shared with whoever else has it: closing it here loses no connection that waits to be accepted,
// as long as one of them has it open.
//
// Owns       its descriptor.
// Threads    a value.
#pragma once

#include <optional>
#include <utility>

#include "core/descriptor.h"
#include "core/result.h"
#include "net/address.h"

namespace larder::net {

class ListeningSocket {
 public:
  struct Options {
    bool reuse_port = true;  // each event loop has a socket of its own on the same port
    int backlog = 4096;      // connections that wait in the kernel; /proc/sys/net/core/somaxconn caps it
    int send_buffer = 0;     // bytes that the kernel holds for each connection; 0: as many as it likes
  };

  /// Takes the port; clients are refused until begin(). Port 0 takes a free one: see local(). An IPv6 endpoint takes
  /// IPv6 only. Errors: kConflict (in use), kRefused (a port that needs privileges), kUnavailable.
  static Result<ListeningSocket> bind(const Endpoint& endpoint, Options options);
  static Result<ListeningSocket> bind(const Endpoint& endpoint) { return bind(endpoint, Options()); }
  /// One that was handed on; it becomes non-blocking. Errors: kInvalid (it is no TCP socket that listens).
  static Result<ListeningSocket> adopt(Descriptor descriptor);
  /// The same socket once more. Errors: kUnavailable (no descriptor is left).
  Result<ListeningSocket> duplicate() const;

  /// Connections come in from now on. Does nothing for one that was handed on. Errors: as bind()'s.
  Result<> begin();

  const Endpoint& local() const { return local_; }
  int descriptor() const { return descriptor_.number(); }
  /// Whether others may be bound beside it.
  bool shares_its_port() const;
  /// The descriptor is the caller's now.
  Descriptor release() && { return std::move(descriptor_); }

 private:
  ListeningSocket(Descriptor descriptor, const Endpoint& local, std::optional<int> backlog)
      : descriptor_(std::move(descriptor)), local_(local), backlog_(backlog) {}

  Descriptor descriptor_;
  Endpoint local_;
  std::optional<int> backlog_;  // nothing: it listens
};

}  // namespace larder::net
