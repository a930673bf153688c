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

/// The value of an ETag field. nullopt: malformed (some origins leave out the quotes: treat it as absent).
std::optional<EntityTag> parse_etag(std::string_view value);

/// Same bytes: both strong and equal.
bool strong_equal(const EntityTag& a, const EntityTag& b);
/// Same meaning: equal but for the mark of weakness.
bool weak_equal(const EntityTag& a, const EntityTag& b);

/// Whether the list of an If-None-Match or If-Match field ("*" or tags) has `tag`, compared weakly or strongly.
/// A malformed list has nothing.
bool list_has(std::string_view list, const EntityTag& tag, bool weakly);

}  // namespace larder::http
