#include "node/ctl_client.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "core/bytes.h"
#include "core/descriptor.h"
#include "http/head_writer.h"
#include "http/response_head.h"
#include "net/socket_file.h"

namespace larder::node {
namespace {

// A reload may take a minute, and a disk that is busy its time.
constexpr auto kAnswerPatience = std::chrono::seconds(90);
constexpr std::size_t kMostHead = 64 * kKiB;
constexpr std::size_t kMostResponse = 16 * kMiB;

std::string group_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return "that it belongs to";
  const group* found = ::getgrgid(status.st_gid);
  return found == nullptr ? fmt::format("{}", status.st_gid) : fmt::format("'{}'", found->gr_name);
}

Error explain(const Error& error, const std::string& socket) {
  switch (error.code) {
    case Errc::kNotFound:
      return {error.code, fmt::format("there is no socket {}: is the node running, and is this its listen.control? "
                                      "(systemctl status larder-node)",
                                      socket)};
    case Errc::kRefused:
      return {error.code, fmt::format("this user may not connect to {}: be root, the node's user, or a member of the "
                                      "group {}",
                                      socket, group_of(socket))};
    case Errc::kTimeout:
      return {error.code,
              fmt::format("the node at {} takes no connection: it is busy or hangs; its log may say why", socket)};
    case Errc::kUnavailable:
      return {error.code, fmt::format("nobody listens on {} ({}): the node has ended; start it (systemctl start "
                                      "larder-node)",
                                      socket, error.text)};
    default: return error;
  }
}

std::string whole_text(const CtlRequest& request) {
  std::string text;
  http::HeadWriter head(text);
  head.request(request.method, request.target).field("Host", "localhost").field("Connection", "close");
  if (!request.body.empty()) head.field("Content-Type", "application/json");
  if (request.method != "GET") head.field("Content-Length", request.body.size());
  head.finish();
  return text + request.body;
}

Error broke_off(int error_number) {
  const bool is_late = error_number == EAGAIN || error_number == EWOULDBLOCK;
  if (is_late) {
    return {Errc::kTimeout,
            fmt::format("the node has not answered within {} s; its log may say why", kAnswerPatience.count())};
  }
  return {Errc::kUnavailable, fmt::format("the node broke off: {}; ask again to see what came of it",
                                          std::error_code(error_number, std::generic_category()).message())};
}

Result<> send_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(broke_off(errno));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::string> receive_all(int descriptor) {
  std::string all;
  std::array<char, 16 * kKiB> piece{};
  for (;;) {
    const auto count = ::recv(descriptor, piece.data(), piece.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(broke_off(errno));
    if (count == 0) return all;
    if (all.size() + static_cast<std::size_t>(count) > kMostResponse) {
      return fail(Errc::kCorrupt, "the answer is longer than any of a node's");
    }
    all.append(piece.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<CtlResponse> parse_ctl_response(std::string_view bytes) {
  const auto head = http::parse_response_head(bytes, kMostHead);
  if (!head) return fail(Errc::kCorrupt, "the answer is not HTTP: {}", head.error().text);
  const bool is_whole = *head && !(*head)->is_interim() && !(*head)->chunked && (*head)->content_length &&
                        bytes.size() - (*head)->size == *(*head)->content_length;
  if (!is_whole)
    return fail(Errc::kCorrupt, "the answer is not whole: it is not a node's, or the node ended meanwhile");
  CtlResponse response;
  response.status = (*head)->status;
  response.body = bytes.substr((*head)->size);
  return response;
}

Result<CtlResponse> ask_node(const std::string& socket, const CtlRequest& request) {
  const auto connected = net::connect_socket_file(socket, kAnswerPatience);
  if (!connected) return std::unexpected(explain(connected.error(), socket));
  // What it says is of interest, also if it did not want to hear all.
  const auto sent = send_all(connected->number(), whole_text(request));
  const auto received = receive_all(connected->number());
  if (!received) return std::unexpected(sent ? received.error() : sent.error());
  return parse_ctl_response(*received);
}

}  // namespace larder::node
