// TaskFixture: an event loop that the test's own thread runs, and connections over loopback on it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/task.h"
#include "net/deadline_sweeper.h"
#include "net/dialler.h"
#include "net/listener.h"
#include "support/eventually.h"

namespace larder::support {

/// Both ends of one connection.
struct Connection {
  std::unique_ptr<net::ByteStream> client;
  std::unique_ptr<net::TcpStream> server;
};

inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

class TaskFixture : public ::testing::Test {
 protected:
  Executor executor() { return context_.get_executor(); }

  /// Runs the loop until `task` has ended.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result.emplace(std::move(value));
    });
    run_until([&] { return result.has_value(); });
    return *std::move(result);
  }
  void run(Task<void> task) {
    bool ended = false;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
      ended = true;
    });
    run_until([&] { return ended; });
  }

  /// Runs the loop until `condition()` holds. Throws, and so fails the test, if that does not come within kPatience.
  template <class Condition>
  void run_until(Condition condition) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("what the loop runs for does not come");
      context_.restart();
      context_.run_one_until(give_up);
    }
  }

  Connection connect() {
    auto listener = net::Listener::open(executor(), sweeper_, *net::parse_endpoint("127.0.0.1:0"));
    auto client = run(net::dial(executor(), sweeper_, (*listener)->local(), SteadyTime::max()));
    auto server = run((*listener)->accept());
    return {*std::move(client), *std::move(server)};
  }

  asio::io_context context_{1};
  net::DeadlineSweeper sweeper_{context_.get_executor()};
  TaskGroup tasks_{context_.get_executor()};
};

/// What `stream` sends until it ends, or what it was until then and "<error code>".
inline Task<std::string> read_to_end(net::ByteStream& stream) {
  std::string text;
  std::array<std::byte, 4096> buffer{};
  for (;;) {
    const auto count = co_await stream.read_some(buffer);
    if (!count) co_return text + "<" + std::string(to_string(count.error().code)) + ">";
    if (*count == 0) co_return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

}  // namespace larder::support
