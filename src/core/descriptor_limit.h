// How many files and connections this process may have open.
#pragma once

#include <cstddef>

namespace larder {

/// Raises the soft limit of descriptors to the hard one and tells how many that is.
std::size_t raise_descriptor_limit();

/// How many of them clients' connections may take: the rest is for files, logs and listeners. `wanted` 0: as many as
/// possible.
std::size_t connection_limit(std::size_t wanted, std::size_t reserved);

}  // namespace larder
