// ObjectInfo: what is known of one version of a URL's body, and its form on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "storage/slice_key.h"

namespace larder::cache {

inline constexpr std::uint64_t kUnknownTotal = ~std::uint64_t{0};

struct ObjectInfo {
  std::string url;  // what the key was made of: a stored description must be of this URL
  storage::ObjectId id{};
  std::uint64_t total = kUnknownTotal;  // bytes of the whole body
  std::string etag;                     // with its quotes, as the origin sent it; empty: none
  std::string last_modified;            // as the origin sent it; empty: none
  /// Other fields that go to clients unchanged (Content-Type, Content-Disposition, ...).
  std::vector<std::pair<std::string, std::string>> fields;
  WallTime fresh_until{};  // after this the origin is asked before it is served again
  WallTime born{};         // when the origin made or validated it
  bool ranges = true;      // the origin honours Range
  bool ephemeral = false;  // the origin forbids keeping it, and the rule says to obey
};

/// docs/formats/segment.md, "object descriptions".
std::vector<std::byte> serialize(const ObjectInfo& info);
/// Errors: kCorrupt.
Result<ObjectInfo> parse_object_info(std::span<const std::byte> bytes);

/// Whether a response is of the same version: ETag, Last-Modified and length agree.
bool same_version(const ObjectInfo& a, const ObjectInfo& b);

}  // namespace larder::cache
