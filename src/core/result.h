// Result<T>: a value, or an Error that says what a caller can do about it.
//
// For everything that the outside world can cause: peers, disks, input, overload, time-outs. Where errors become
// answers to people, they have more to tell, and the same name: ledger::Result holds a Problem, cli::Result a Failure.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace larder {

/// What a caller can do about an error; the text beside it is for people.
enum class Errc {
  kCancelled,    // we are stopping, or nobody wants the result any more
  kTimeout,      // it took longer than its deadline
  kUnavailable,  // a peer, a disk or a budget is out; another one, or later, may do
  kNotFound,     // it is not there
  kInvalid,      // the input is wrong; the same input fails again
  kCorrupt,      // stored or sent bytes are not what they claim to be
  kNoSpace,      // no room for it
  kConflict,     // it changed meanwhile
  kRefused,      // it is well-formed and not allowed
};

std::string_view to_string(Errc code);

struct Error {
  // A constructor, so that no temporary of it is an aggregate (docs/decisions/0003-coroutines.md).
  Error(Errc error_code, std::string error_text) : code(error_code), text(std::move(error_text)) {}

  Errc code;
  std::string text;
};

template <class T = void, class E = Error>
class [[nodiscard]] Result : public std::expected<T, E> {
 public:
  using std::expected<T, E>::expected;
};

/// `return fail(Errc::kInvalid, "{} is not a size", text);`
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(Errc code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected<Error>(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// The error of a failed system call: `what` and the system's own words.
[[nodiscard]] std::unexpected<Error> fail_errno(int error_number, std::string_view what);
[[nodiscard]] Errc to_errc(const std::error_code& error);

}  // namespace larder

#define LARDER_JOIN2(a, b) a##b
#define LARDER_JOIN(a, b) LARDER_JOIN2(a, b)
#define LARDER_TRY(leave, tmp, declaration, ...)             \
  auto tmp = (__VA_ARGS__);                                  \
  if (!tmp) leave ::std::unexpected(std::move(tmp).error()); \
  declaration = *std::move(tmp)
#define LARDER_CHECKED(leave, tmp, ...) \
  auto tmp = (__VA_ARGS__);             \
  if (!tmp) leave ::std::unexpected(std::move(tmp).error())

/// TRY(auto x, f()): x is f()'s value, or this function returns f()'s error. CO_TRY is its twin in a coroutine;
/// TRY_VOID and CO_TRY_VOID are for results without a value.
#define TRY(declaration, ...) LARDER_TRY(return, LARDER_JOIN(result_, __LINE__), declaration, __VA_ARGS__)
#define CO_TRY(declaration, ...) LARDER_TRY(co_return, LARDER_JOIN(result_, __LINE__), declaration, __VA_ARGS__)
#define TRY_VOID(...) LARDER_CHECKED(return, LARDER_JOIN(result_, __LINE__), __VA_ARGS__)
#define CO_TRY_VOID(...) LARDER_CHECKED(co_return, LARDER_JOIN(result_, __LINE__), __VA_ARGS__)
