#include "simulation/scenario_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "net/timer.h"
#include "support/message_head.h"

namespace larder::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kWindow{20};
constexpr std::uint64_t kLeastRate = 4'000;
constexpr milliseconds kSlowPause{200};
constexpr std::size_t kMostAtOnce = 64 << 10;

std::uint64_t leading_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Asker: one exchange.
class Asker {
 public:
  Asker(SimulatedStream& stream, const Behaviour& behaviour, Executor executor)
      : stream_(stream), behaviour_(behaviour), timer_(executor) {}

  Task<Received> ask(const Download& what) {
    received_.asked = window_began_ = now();
    if (behaviour_.leaves_after) leaves_at_ = now() + *behaviour_.leaves_after;
    const std::string range = what.begin > 0 ? fmt::format("Range: bytes={}-\r\n", what.begin) : "";
    const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", what.path, what.host, range);
    stream_.expire_at(leaves_at_);
    const auto sent = co_await stream_.write_all(std::as_bytes(std::span(request)));
    if (sent) {
      if (co_await read_head()) co_await read_body();
    }
    received_.ended = now();
    co_return received_;
  }

 private:
  SteadyTime now() const { return timer_.time().now(); }

  Task<bool> read_head() {
    std::string text;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      const std::size_t count = co_await read_some();
      if (count == 0) co_return false;
      text.append(piece_.data(), count);
      end = text.find("\r\n\r\n");
    }
    const auto head = support::parse_message_head(std::string_view(text).substr(0, end + 2));
    if (!head) co_return false;
    received_.status = static_cast<int>(leading_number(std::string_view(head->first_line).substr(9)));
    length_ = leading_number(head->field("Content-Length"));
    if (behaviour_.reads_chunks && !head->field("Transfer-Encoding").empty()) {
      length_ = std::numeric_limits<std::uint64_t>::max();
    }
    if (text.size() > end + 4) take(text.size() - end - 4);
    co_return true;
  }

  Task<void> read_body() {
    while (received_.bytes < length_) {
      const std::size_t count = co_await read_some();
      if (count == 0) co_return;
      take(count);
      if (behaviour_.reads_at_most > 0) co_await timer_.wait(now() + kSlowPause);
    }
    received_.complete = true;
  }

  void take(std::size_t count) {
    if (received_.bytes == 0) received_.first_byte = now();
    received_.bytes += count;
    in_window_ += count;
  }

  /// 0: the end, in whatever way.
  Task<std::size_t> read_some() {
    const std::size_t most = behaviour_.reads_at_most > 0 ? behaviour_.reads_at_most / 5 : piece_.size();
    if (behaviour_.demands_progress) stream_.expire_at(std::min(leaves_at_, window_began_ + kWindow));
    const auto count = co_await stream_.read_some(std::as_writable_bytes(std::span(piece_).first(most)));
    if (behaviour_.demands_progress && now() >= window_began_ + kWindow) {
      const std::uint64_t brought = in_window_ + count.value_or(0);
      if (brought < kLeastRate * static_cast<std::uint64_t>(kWindow.count())) co_return 0;
      window_began_ = now();
      in_window_ = 0;
      if (!count) co_return co_await read_some();
    }
    co_return count.value_or(0);
  }

  SimulatedStream& stream_;
  const Behaviour& behaviour_;
  net::Timer timer_;
  std::vector<char> piece_ = std::vector<char>(kMostAtOnce);
  SteadyTime leaves_at_ = SteadyTime::max();
  SteadyTime window_began_{};
  std::uint64_t in_window_ = 0;
  std::uint64_t length_ = 0;
  Received received_;
};

}  // namespace

Task<Received> download(std::unique_ptr<SimulatedStream> stream, Download what, Behaviour behaviour) {
  Asker asker(*stream, behaviour, co_await asio::this_coro::executor);
  const Received received = co_await asker.ask(what);
  if (received.complete) {
    stream->close();
  } else {
    stream->abort();
  }
  co_return received;
}

}  // namespace larder::simulation
