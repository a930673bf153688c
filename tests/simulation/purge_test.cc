// A purge while responses wait for their first bytes.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "net/timer.h"
#include "simulation/scenario.h"
#include "simulation/scenario_client.h"

namespace larder::simulation {
namespace {

using std::chrono::seconds;

class PurgeScenario : public testing::Test {
 protected:
  Scenario::Options options() {
    Scenario::Options options;
    options.clients = kNoLimits;
    options.drives = 1;
    options.origin_manner = [](const std::string&) { return Manner(); };
    options.origin = [this](std::unique_ptr<SimulatedStream> stream) { return serve(std::move(stream)); };
    return options;
  }

  /// The first answer has 1,000 bytes, which come five seconds after its head; those after it have 2,000, at once.
  Task<void> serve(std::unique_ptr<SimulatedStream> stream) {
    std::string asked;
    std::array<std::byte, 4096> piece{};
    while (asked.find("\r\n\r\n") == std::string::npos) {
      const auto count = co_await stream->read_some(piece);
      if (!count || *count == 0) co_return;
      asked.append(reinterpret_cast<const char*>(piece.data()), *count);
    }
    const bool is_first = requests_++ == 0;
    const std::string body(is_first ? 1'000 : 2'000, 'x');
    const std::string head = fmt::format(
        "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nCache-Control: max-age=3600\r\nContent-Length: {}\r\n\r\n", body.size());
    static_cast<void>(co_await stream->write_all(std::as_bytes(std::span(head))));
    net::Timer timer(scenario_.executor());
    if (is_first) co_await timer.wait(scenario_.clock().now() + seconds(5));
    static_cast<void>(co_await stream->write_all(std::as_bytes(std::span(body))));
    stream->close();
  }
  Task<void> fetch(Received& received) {
    const Download what{"late.test", "/object", 0};
    const Manner manner;
    received = co_await download(scenario_.connect_to_node(manner), what, Behaviour());
    ended_ = true;
  }
  Task<void> purge_after(seconds later, bool hard) {
    net::Timer timer(scenario_.executor());
    co_await timer.wait(scenario_.clock().now() + later);
    const cache::Purge everything{cache::Purge::What::kEverything, "", hard};
    EXPECT_TRUE(scenario_.purge(everything));
  }

  unsigned requests_ = 0;
  bool ended_ = false;
  Scenario scenario_{options()};
};

// Its head has been read, and its first byte is waited for: the response has not begun.
TEST_F(PurgeScenario, AResponseThatWaitsForItsFirstByteBeginsWithWhatCameAfterIt) {
  Received received;
  scenario_.spawn(fetch(received));
  scenario_.spawn(purge_after(seconds(2), true));
  ASSERT_TRUE(scenario_.run_until([this] { return ended_; }));
  EXPECT_EQ(received.status, 200);
  EXPECT_EQ(received.bytes, 2'000u);
  EXPECT_TRUE(received.complete);
  EXPECT_EQ(requests_, 2u);
  EXPECT_TRUE(scenario_.wind_down());
}

}  // namespace
}  // namespace larder::simulation
