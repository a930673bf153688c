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
  WallTime fresh_until{};    // after this the origin is asked before it is served again
  WallTime born{};           // when the origin made or validated it
  WallTime checked{};        // when the origin was asked, by the same calendar as fresh_until
  bool ranges = true;        // the origin honours Range
  bool strong_date = false;  // nothing else can have its last_modified: is_strong_date(), by its origin's clock
  bool forbidden = false;    // the origin forbids to keep it, and the content rule obeys; never on disk
  /// It has no strong validator (cache/versions.h): it is what one response brought, and nothing of another response
  /// may be put beside that; but where, and as long as, it is known not to change.
  bool single = false;
  std::string rule;  // the name of the content rule under which it was asked for; "": not known
  /// The numbers of purges (cache/purge_list.h): the last hard one before it was first asked for, and the last one
  /// before its origin was asked last. 0: there was none.
  std::uint64_t made_after = 0;
  std::uint64_t confirmed_after = 0;
  bool replaced = false;  // on disk only: the origin has another version, of which nothing is known yet

  friend bool operator==(const ObjectInfo&, const ObjectInfo&) = default;
};

/// docs/formats/segment.md, "object descriptions".
std::vector<std::byte> serialize(const ObjectInfo& info);
/// Of this format or the three before. Errors: kCorrupt.
Result<ObjectInfo> parse_object_info(std::span<const std::byte> bytes);

}  // namespace larder::cache
