// ByteStream: a connected peer, over TCP or TLS: tries first, waits only when the kernel says so.
//
// try_*() never block and never suspend; the coroutines below are built on them. Trying before waiting saves an
// epoll round trip on almost every small response.
//
// Owns       the socket.
// Threads    the thread of its io_context, all calls.
// Cancel     expire_at(): a wait that lasts longer than that ends with kTimeout, and so does every wait after it,
//            until expire_at() is given a later time. close() and abort() end a wait with kCancelled.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/clock.h"
#include "core/result.h"
#include "core/task.h"
#include "net/address.h"
#include "net/deadline_sweeper.h"

namespace larder::net {

/// What one attempt came to.
struct IoStep {
  enum class Kind { kMoved, kWantRead, kWantWrite, kEnd, kFailed };
  Kind kind = Kind::kFailed;
  std::size_t bytes = 0;  // kMoved: at least 1
  int error_number = 0;   // kFailed

  static IoStep moved(std::size_t bytes) { return {Kind::kMoved, bytes, 0}; }
  static IoStep want_read() { return {Kind::kWantRead, 0, 0}; }
  static IoStep want_write() { return {Kind::kWantWrite, 0, 0}; }
  static IoStep end() { return {Kind::kEnd, 0, 0}; }
  static IoStep failed(int error_number) { return {Kind::kFailed, 0, error_number}; }

  bool wants() const { return kind == Kind::kWantRead || kind == Kind::kWantWrite; }
};

/// Whether more bytes follow at once: then the kernel may hold a part-filled packet back (MSG_MORE).
enum class More { kNo, kYes };

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// kEnd: the peer has ended its side properly. REQUIRES: `into` is not empty.
  virtual IoStep try_read(std::span<std::byte> into) = 0;
  /// After kWantWrite the next write must begin with the same bytes, and not be shorter. REQUIRES: `from` is not empty.
  virtual IoStep try_write(std::span<const std::byte> from, More more) = 0;
  /// From a file's bytes at `offset`; over TLS without kernel help they pass through a buffer. kFailed with EIO when
  /// the file ends before `offset`. REQUIRES: count > 0.
  virtual IoStep try_send_file(int descriptor, std::uint64_t offset, std::size_t count) = 0;

  /// Until a read or write would move, as `want` says (kWantRead or kWantWrite). One wait at a time for each.
  /// Errors: kTimeout, kCancelled, kUnavailable.
  virtual Task<Result<>> wait(IoStep::Kind want) = 0;

  /// From now on the deadline of every wait; SteadyTime::max() is none. Checked a few times a second. Waits also end,
  /// with kTimeout, once `*or_when_set` is true: so an idle connection hears that the program stops.
  virtual void expire_at(SteadyTime deadline, const std::atomic<bool>* or_when_set = nullptr) = 0;

  virtual Endpoint peer() const = 0;
  virtual Endpoint local() const = 0;
  virtual bool is_tls() const = 0;

  /// True if the peer has neither closed nor sent anything: a pooled connection may be used again.
  virtual bool is_idle() const = 0;
  /// Bytes that were moved and that the peer has not acknowledged yet; 0 where that is not known.
  virtual std::uint64_t unacknowledged() const { return 0; }
  /// True if the peer has ended its side or is gone, whatever it sent before.
  virtual bool has_ended() const = 0;
  /// Ends our side (TLS close, FIN); the peer's can still be read. Goes as far as it goes without waiting.
  virtual void shutdown_send() = 0;
  /// Says goodbye (TLS close, FIN) as far as that goes without waiting, and closes. Every try_*() then fails.
  virtual void close() = 0;
  /// Closes with a reset: a cut-off body must not look whole to the peer.
  virtual void abort() = 0;

  /// Bytes read, 0 at the peer's end. Errors: kTimeout, kCancelled, kUnavailable.
  Task<Result<std::size_t>> read_some(std::span<std::byte> into);
  /// As read_some(), for where bytes are seldom there already: waits without trying first, which saves system calls.
  virtual Task<Result<std::size_t>> receive(std::span<std::byte> into) { return read_some(into); }
  /// Bytes written, at least one. REQUIRES: `from` is not empty. Errors: kTimeout, kCancelled, kUnavailable; after
  /// kTimeout the next write must begin with the same bytes, and not be shorter.
  Task<Result<std::size_t>> write_some(std::span<const std::byte> from, More more = More::kNo);
  Task<Result<>> write_all(std::span<const std::byte> from, More more = More::kNo);
};

/// The error of a step that failed: kUnavailable with the system's words.
std::unexpected<Error> fail_step(const IoStep& step, std::string_view what);

}  // namespace larder::net
