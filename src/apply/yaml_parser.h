// parse_yaml(): a YAML document as a tree of values with their lines.
//
// Of YAML it takes what a file that people write needs: maps with texts as keys, lists, scalars, anchors and aliases,
// one document. Tags, merge keys and keys that come twice are refused, as is everything that is larger than the bounds
// here: they are checked as the events come, before anything is built of them.
#pragma once

#include <cstddef>
#include <string_view>

#include "apply/mistakes.h"
#include "apply/yaml_value.h"
#include "core/result.h"

namespace larder::apply {

inline constexpr std::size_t kMostMebibytes = 8;
inline constexpr std::size_t kMostBytes = kMostMebibytes << 20;
inline constexpr std::size_t kMostDepth = 16;
inline constexpr std::size_t kMostAliases = 1000;
inline constexpr std::size_t kMostValues = 500'000;  // with all that aliases stand for

/// Cost: as long as the text is. A document without a value is null.
Result<YamlPointer, Mistake> parse_yaml(std::string_view text);

}  // namespace larder::apply
