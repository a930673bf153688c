#include "simulation/scenario_origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/timer.h"
#include "support/message_head.h"
#include "support/origin_range.h"

namespace larder::simulation {
namespace {

using std::chrono::seconds;

constexpr std::size_t kAtOnce = 64 << 10;
constexpr std::uint64_t kBeginning = 10'000;  // of a body that stalls
constexpr seconds kStall{600};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

struct Question {
  std::string kind;
  std::uint64_t size = 0;
  std::string path;
  std::optional<support::OriginRange> range;
  bool conditional = false;
};

// Server: one connection.
class Server {
 public:
  Server(SimulatedStream& stream, Executor executor) : stream_(stream), timer_(executor) {}

  Task<void> serve() {
    for (;;) {
      const auto question = co_await read_question();
      if (!question) co_return;
      const bool goes_on = co_await answer(*question);
      if (!goes_on) co_return;
    }
  }

 private:
  Task<std::optional<Question>> read_question() {
    std::array<std::byte, 4096> piece{};
    std::size_t end = buffer_.find("\r\n\r\n");
    while (end == std::string::npos) {
      const auto count = co_await stream_.read_some(piece);
      if (!count || *count == 0) co_return std::nullopt;
      buffer_.append(reinterpret_cast<const char*>(piece.data()), *count);
      end = buffer_.find("\r\n\r\n");
    }
    const auto head = support::parse_message_head(std::string_view(buffer_).substr(0, end + 2));
    buffer_.erase(0, end + 4);
    if (!head) co_return std::nullopt;
    Question question;
    const std::string_view host = head->field("Host");
    question.kind = host.substr(0, host.find('-'));
    std::string_view path = std::string_view(head->first_line).substr(4);
    path = path.substr(0, path.find(' '));
    question.path = path;
    std::from_chars(path.data() + 1, path.data() + path.size(), question.size);
    const std::string_view range = head->field("Range");
    question.conditional = !head->field("If-None-Match").empty();
    if (!range.empty()) question.range = support::parse_range(range, question.size);
    co_return question;
  }

  /// False: the connection is over.
  Task<bool> answer(const Question& question) {
    if (question.kind == "endless") co_return co_await send_endless();
    support::OriginRange part = question.range.value_or(support::OriginRange{0, question.size});
    std::string head = question.range ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n";
    const bool is_silent = question.kind == "silent";
    if (is_silent && question.conditional) {
      co_await stall();
      co_return false;
    }
    head += fmt::format("ETag: \"{}\"\r\nCache-Control: max-age={}\r\nContent-Length: {}\r\n", question.path,
                        is_silent ? 0 : 3600, part.size());
    if (question.kind == "head") {
      const bool sent = (co_await stream_.write_all(bytes_of(head))).has_value();
      if (sent) co_await stall();
      co_return false;
    }
    // A lie: another total than that of the next response.
    const std::uint64_t total = question.kind == "lie" ? question.size + ++lies_ : question.size;
    if (question.range) head += fmt::format("Content-Range: bytes {}-{}/{}\r\n", part.begin, part.end - 1, total);
    head += "\r\n";
    if (!co_await stream_.write_all(bytes_of(head))) co_return false;
    if (question.kind == "lie") part.end = part.begin + part.size() / 2;
    if (question.kind == "body") part.end = part.begin + std::min(part.size(), kBeginning);
    const bool sent = co_await send_bytes(part.size());
    if (sent && question.kind == "body") co_await stall();
    co_return sent&& question.kind != "body" && question.kind != "lie";
  }

  Task<bool> send_bytes(std::uint64_t count) {
    while (count > 0) {
      const std::size_t size = std::min<std::uint64_t>(count, kAtOnce);
      if (!co_await stream_.write_all(std::span(block_).first(size))) co_return false;
      count -= size;
    }
    co_return true;
  }

  Task<bool> send_endless() {
    const std::string_view head =
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=3600\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (!co_await stream_.write_all(bytes_of(head))) co_return false;
    const std::string frame = fmt::format("{:x}\r\n", kAtOnce);
    for (;;) {
      if (!co_await stream_.write_all(bytes_of(frame))) co_return false;
      if (!co_await send_bytes(kAtOnce)) co_return false;
      if (!co_await stream_.write_all(bytes_of("\r\n"))) co_return false;
    }
  }

  /// Nothing, until the other end has had enough.
  Task<void> stall() {
    std::array<std::byte, 1> ignored{};
    stream_.expire_at(timer_.time().now() + kStall);
    static_cast<void>(co_await stream_.read_some(ignored));
  }

  SimulatedStream& stream_;
  net::Timer timer_;
  std::string buffer_;  // received and not used yet
  std::vector<std::byte> block_ = std::vector<std::byte>(kAtOnce, std::byte{'x'});
  std::uint64_t lies_ = 0;
};

}  // namespace

Task<void> serve_scenario(std::unique_ptr<SimulatedStream> stream) {
  Server server(*stream, co_await asio::this_coro::executor);
  co_await server.serve();
  stream->close();
}

}  // namespace larder::simulation
