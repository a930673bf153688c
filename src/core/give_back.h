// give_memory_back(): what the allocator keeps of freed memory goes to the system.
#pragma once

namespace larder {

/// Blocks from this size on are given back as soon as they are freed, always: glibc else raises that bound as it goes.
/// Call it at the start.
void keep_no_large_blocks();

/// Walks through all that is free: milliseconds. Any thread.
void give_memory_back();

}  // namespace larder
