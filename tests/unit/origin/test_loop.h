// TestLoop: an event loop that a test drives: run() a task to its end, others going on meanwhile. It throws, and so
// fails the test, if a task does not end within kPatience.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/task.h"
#include "net/deadline_sweeper.h"
#include "support/eventually.h"

namespace larder::origin {

class TestLoop {
 public:
  Executor executor() { return context_.get_executor(); }
  net::DeadlineSweeper& sweeper() { return sweeper_; }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result.emplace(std::move(value));
    });
    const auto give_up = std::chrono::steady_clock::now() + support::kPatience;
    while (!result && std::chrono::steady_clock::now() < give_up) context_.run_one_until(give_up);
    if (!result) throw std::runtime_error("the task does not end");
    return *std::move(result);
  }

  void poll() { context_.poll(); }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  net::DeadlineSweeper sweeper_{context_.get_executor()};
};

}  // namespace larder::origin
