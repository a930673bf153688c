// Task<T>: a coroutine on one io_context; TaskGroup: the only thing that starts one without awaiting it.
//
// The executor is concrete: Asio's type-erased one costs a sixth of the small-object rate.
// Read docs/decisions/0003-coroutines.md before writing a coroutine: g++ 12 has a trap.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <utility>

#include "core/check.h"

namespace larder {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

/// Completion token: `const auto [error, n] = co_await socket.async_read_some(b, no_throw);`
inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable_t<Executor>{});

// TaskGroup: tasks of one owner on one io_context.
//
// Owns       nothing but a count; the tasks' frames belong to Asio. Make it the owner's last member.
// Threads    all calls from the thread that runs the io_context.
// Crash      an exception that leaves a task is a bug: it ends the program.
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor) : executor_(executor) {}
  ~TaskGroup() { CHECK(running_ == 0, "a task group was destroyed before its tasks had ended"); }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Task<void> task) {
    ++running_;
    asio::co_spawn(executor_, run(std::move(task)), [this](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
      if (--running_ == 0 && on_idle_) std::exchange(on_idle_, nullptr)();
    });
  }

  std::size_t running() const { return running_; }

  /// Calls `done` once no task is left: at once if there is none.
  void when_idle(std::function<void()> done) {
    if (running_ == 0) return done();
    on_idle_ = std::move(done);
  }

 private:
  /// A cancelled task sees the errors of what it awaits, and may clean up: nothing throws (it holds for all it awaits).
  static Task<void> run(Task<void> task) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(task);
  }

  Executor executor_;
  std::size_t running_ = 0;
  std::function<void()> on_idle_;
};

}  // namespace larder
