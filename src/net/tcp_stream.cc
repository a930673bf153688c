#include "net/tcp_stream.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <csignal>
#include <utility>

#include "core/check.h"
#include "net/socket.h"

namespace larder::net {
namespace {

IoStep failed_step(int error_number, IoStep want) {
  if (error_number == EAGAIN || error_number == EWOULDBLOCK) return want;
  return IoStep::failed(error_number);
}

// sendfile() and OpenSSL's writes cannot be told MSG_NOSIGNAL.
bool ignore_broken_pipes() { return std::signal(SIGPIPE, SIG_IGN) != SIG_ERR; }

}  // namespace

TcpStream::TcpStream(Socket socket, const Endpoint& peer, DeadlineSweeper& sweeper)
    : socket_(std::move(socket)), descriptor_(socket_.native_handle()), peer_(peer) {
  [[maybe_unused]] static const bool ignored = ignore_broken_pipes();
  set_option(descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
  sweeper.watch(*this);
}

IoStep TcpStream::try_read(std::span<std::byte> into) {
  CHECK(!into.empty(), "a read without room would look like the peer's end");
  for (;;) {
    const auto count = ::recv(descriptor_, into.data(), into.size(), 0);
    if (count > 0) return IoStep::moved(static_cast<std::size_t>(count));
    if (count == 0) return IoStep::end();
    if (errno != EINTR) return failed_step(errno, IoStep::want_read());
  }
}

IoStep TcpStream::try_write(std::span<const std::byte> from, More more) {
  CHECK(!from.empty(), "a write moves at least one byte");
  const int flags = MSG_NOSIGNAL | (more == More::kYes ? MSG_MORE : 0);
  for (;;) {
    const auto count = ::send(descriptor_, from.data(), from.size(), flags);
    if (count >= 0) return IoStep::moved(static_cast<std::size_t>(count));
    if (errno != EINTR) return failed_step(errno, IoStep::want_write());
  }
}

IoStep TcpStream::try_send_file(int descriptor, std::uint64_t offset, std::size_t count) {
  CHECK(count > 0, "a write moves at least one byte");
  for (;;) {
    auto at = static_cast<off_t>(offset);
    const auto sent = ::sendfile(descriptor_, descriptor, &at, count);
    if (sent > 0) return IoStep::moved(static_cast<std::size_t>(sent));
    if (sent == 0) return IoStep::failed(EIO);  // the file is shorter than it should be
    if (errno != EINTR) return failed_step(errno, IoStep::want_write());
  }
}

Task<Result<>> TcpStream::wait(IoStep::Kind want) {
  CHECK(want == IoStep::Kind::kWantRead || want == IoStep::Kind::kWantWrite, "only a wanted direction can be awaited");
  if (descriptor_ < 0) co_return fail(Errc::kCancelled, "the connection is closed");
  if (is_late()) co_return fail(Errc::kTimeout, "the peer was too slow");

  const auto direction = want == IoStep::Kind::kWantRead ? Socket::wait_read : Socket::wait_write;
  if (waits_++ == 0) expired_ = false;
  const auto [error] = co_await socket_.async_wait(direction, no_throw);
  --waits_;
  co_return outcome(error);
}

Task<Result<std::size_t>> TcpStream::receive(std::span<std::byte> into) {
  CHECK(!into.empty(), "a read without room would look like the peer's end");
  if (descriptor_ < 0) co_return fail(Errc::kCancelled, "the connection is closed");
  if (is_late()) co_return fail(Errc::kTimeout, "the peer was too slow");

  if (waits_++ == 0) expired_ = false;
  const auto [error, count] = co_await socket_.async_receive(asio::buffer(into.data(), into.size()), no_throw);
  --waits_;
  if (error == asio::error::eof) co_return 0;
  CO_TRY_VOID(outcome(error));
  co_return count;
}

Result<> TcpStream::outcome(const boost::system::error_code& error) const {
  if (!error) return {};
  if (expired_) return fail(Errc::kTimeout, "the peer was too slow");
  if (error == asio::error::operation_aborted) return fail(Errc::kCancelled, "the connection is closed");
  return fail(Errc::kUnavailable, "wait: {}", error.message());
}

void TcpStream::expire_at(SteadyTime deadline, const std::atomic<bool>* or_when_set) {
  set_deadline(deadline, or_when_set);
}

void TcpStream::expire() {
  if (waits_ == 0 || descriptor_ < 0) return;
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

Endpoint TcpStream::local() const { return local_endpoint(descriptor_); }

bool TcpStream::is_idle() const {
  char byte = 0;
  const auto count = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::uint64_t TcpStream::unacknowledged() const {
  int bytes = 0;
  if (descriptor_ < 0 || ::ioctl(descriptor_, SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<std::uint64_t>(bytes);
}

bool TcpStream::has_ended() const {
  pollfd look = {.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
  return descriptor_ < 0 || ::poll(&look, 1, 0) > 0;
}

void TcpStream::shutdown_send() {
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void TcpStream::close() {
  descriptor_ = -1;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void TcpStream::abort() {
  if (descriptor_ >= 0) {
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  close();
}

}  // namespace larder::net
