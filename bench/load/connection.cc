#include "bench/load/connection.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

namespace larder::bench {
namespace {

constexpr std::size_t kDiscardBytes = 4U << 20;  // the most that one recv() throws away

std::string_view first_line(std::string_view text) { return text.substr(0, text.find("\r\n")); }

bool equal_names(std::string_view a, std::string_view b) {
  const auto lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// The value of header `name` in a response head; empty if it is not there.
std::string_view header(std::string_view head, std::string_view name) {
  for (auto end = head.find("\r\n"); end != std::string_view::npos; end = head.find("\r\n")) {
    head.remove_prefix(end + 2);
    const auto line = first_line(head);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (!equal_names(line.substr(0, name.size()), name)) continue;
    const auto value = line.find_first_not_of(' ', name.size() + 1);
    return value == std::string_view::npos ? std::string_view() : line.substr(value);
  }
  return {};
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

void Connection::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

Result<> Connection::connect(const sockaddr_in& server) {
  close();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail_errno(errno, "socket");
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
    return fail_errno(errno, "connect");
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  return {};
}

Result<> Connection::send() {
  head_bytes_ = 0;
  in_body_ = false;
  sent_at_ = Clock::now();
  const auto sent = ::send(socket_, request_.text.data(), request_.text.size(), MSG_NOSIGNAL);
  if (sent < 0) return fail_errno(errno, "send");
  // A head of a few hundred bytes always fits the empty socket buffer of an idle connection.
  if (static_cast<std::size_t>(sent) != request_.text.size()) return fail(Errc::kUnavailable, "a request did not fit");
  return {};
}

Result<bool> Connection::receive() {
  if (!in_body_) {
    TRY(const bool have_head, receive_head());
    if (!have_head) return false;
  }
  return body_left_ == 0 ? Result<bool>(true) : receive_body();
}

Result<bool> Connection::receive_head() {
  const auto got = ::recv(socket_, head_.data() + head_bytes_, head_.size() - head_bytes_, 0);
  if (got < 0 && errno == EAGAIN) return false;
  if (got < 0) return fail_errno(errno, "recv");
  if (got == 0) return fail(Errc::kUnavailable, "the server closed a connection instead of answering");
  head_bytes_ += static_cast<std::size_t>(got);

  const std::string_view received(head_.data(), head_bytes_);
  const auto end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (head_bytes_ == head_.size()) return fail(Errc::kCorrupt, "a response head over {} bytes", head_.size());
    return false;
  }
  TRY_VOID(check_head(received.substr(0, end + 2)));

  const auto body_bytes = received.size() - (end + 4);
  if (body_bytes > request_.body_bytes) return fail(Errc::kCorrupt, "more bytes than Content-Length");
  in_body_ = true;
  body_left_ = request_.body_bytes - body_bytes;
  body_at_ = body_bytes > 0 ? Clock::now() : Clock::time_point{};
  return true;
}

Result<> Connection::check_head(std::string_view head) const {
  const auto status_line = first_line(head);
  if (!status_line.starts_with("HTTP/1.1 ") || leading_number(status_line.substr(9)) != request_.status) {
    return fail(Errc::kCorrupt, "'{}' instead of status {} for '{}'", status_line, request_.status,
                first_line(request_.text));
  }
  if (const auto length = header(head, "Content-Length"); leading_number(length) != request_.body_bytes) {
    return fail(Errc::kCorrupt, "Content-Length '{}' instead of {}", length, request_.body_bytes);
  }
  if (!request_.range_start) return {};
  const auto range = header(head, "Content-Range");
  if (!range.starts_with("bytes ") || leading_number(range.substr(6)) != *request_.range_start) {
    return fail(Errc::kCorrupt, "Content-Range '{}' instead of one from {}", range, *request_.range_start);
  }
  return {};
}

Result<bool> Connection::receive_body() {
  const auto wanted = std::min<std::uint64_t>(body_left_, kDiscardBytes);
  const auto got = ::recv(socket_, nullptr, wanted, MSG_TRUNC);
  if (got < 0 && errno == EAGAIN) return false;
  if (got < 0) return fail_errno(errno, "recv");
  if (got == 0) return fail(Errc::kUnavailable, "the server closed a connection with {} bytes missing", body_left_);
  if (body_at_ == Clock::time_point{}) body_at_ = Clock::now();
  body_left_ -= static_cast<std::uint64_t>(got);
  return body_left_ == 0;
}

}  // namespace larder::bench
