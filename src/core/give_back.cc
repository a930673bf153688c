#include "core/give_back.h"

#include <malloc.h>

namespace larder {
namespace {

constexpr int kLargeBlock = 256 * 1024;

}  // namespace

void keep_no_large_blocks() { ::mallopt(M_MMAP_THRESHOLD, kLargeBlock); }

void give_memory_back() { ::malloc_trim(0); }

}  // namespace larder
