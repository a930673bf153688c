// EntityTag: the name of one version of an object.
//
// Source     RFC 9110 section 8.8.3.
#pragma once

#include <optional>
#include <string_view>

namespace larder::http {

struct EntityTag {
  bool weak = false;
  std::string_view opaque;  // with its quotes
};

/// The value of an ETag field. nullopt: malformed (some origins leave out the quotes: it names a version, but nothing
/// can be concluded from it).
std::optional<EntityTag> parse_etag(std::string_view value);

/// Same bytes: both strong and equal.
bool strong_equal(const EntityTag& a, const EntityTag& b);
/// As above, of two values as they were sent. What is no tag (some origins leave out the quotes, and clients repeat it)
/// is equal to the same bytes, unless it begins with the mark of weakness.
bool strong_equal(std::string_view a, std::string_view b);
/// Same meaning: equal but for the mark of weakness.
bool weak_equal(const EntityTag& a, const EntityTag& b);

/// Whether the list of an If-None-Match or If-Match field ("*" or tags) has `tag`, compared weakly or strongly.
/// A malformed list has nothing.
bool list_has(std::string_view list, const EntityTag& tag, bool weakly);

}  // namespace larder::http
