// CHECK: stops the program at a broken invariant, in release builds too.
//
// For bugs only. Whatever a peer, a disk or an operator can cause is a Result (core/result.h).
#pragma once

namespace larder {

[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);

}  // namespace larder

#define CHECK(condition, why) \
  ((condition) ? static_cast<void>(0) : ::larder::check_failed(#condition, why, __FILE__, __LINE__))
