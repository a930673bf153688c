#include "core/check.h"

#include <cstdio>
#include <cstdlib>

namespace larder {

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "larder: bug at %s:%d: %s (%s)\n", file, line, why, condition);
  std::abort();
}

}  // namespace larder
