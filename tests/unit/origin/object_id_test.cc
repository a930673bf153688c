#include "origin/object_id.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace larder::origin {
namespace {

// What is on disks depends on these: a change of them empties every cache. The values come from another BLAKE2b.
TEST(ObjectId, KeepsItsFormat) {
  const UrlKey url = url_key(false, true, "windows-update", "/mscomtest/wuidt.gif");
  const ObjectId object = object_id(url, "\"abc\"", "Fri, 02 Jan 2026 03:04:05 GMT", 969'710);
  EXPECT_EQ(fmt::format("{:016x}{:016x}", url.words[0], url.words[1]), "9f6f792653b76e343bc0d485994c532e");
  EXPECT_EQ(fmt::format("{:016x}{:016x}", object[0], object[1]), "884b3bcf6d344a7716babd8a383b9c42");
}

TEST(ObjectId, EveryPartCounts) {
  std::set<UrlKey> keys;
  std::size_t made = 0;
  for (const bool tls : {false, true}) {
    for (const bool shared : {false, true}) {
      for (const std::string_view name : {"", "a", "ab"}) {
        for (const std::string_view path : {"", "b", "bc", "c"}) {
          keys.insert(url_key(tls, shared, name, path));
          ++made;
        }
      }
    }
  }
  EXPECT_EQ(keys.size(), made);

  std::set<ObjectId> objects;
  made = 0;
  for (const UrlKey& url : {UrlKey{{0, 0}}, UrlKey{{0, 1}}, UrlKey{{1, 0}}}) {
    for (const std::string_view etag : {"", "a", "ab"}) {
      for (const std::string_view modified : {"", "b", "bc"}) {
        for (const std::uint64_t total : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40}) {
          objects.insert(object_id(url, etag, modified, total));
          ++made;
        }
      }
    }
  }
  EXPECT_EQ(objects.size(), made);
}

}  // namespace
}  // namespace larder::origin
