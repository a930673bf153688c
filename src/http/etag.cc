#include "http/etag.h"

#include "http/characters.h"
#include "http/head.h"

namespace larder::http {
namespace {

/// Takes one tag from the front of `text`.
std::optional<EntityTag> take_tag(std::string_view& text) {
  EntityTag tag;
  tag.weak = text.starts_with("W/");
  if (tag.weak) text.remove_prefix(2);
  if (!text.starts_with('"')) return std::nullopt;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"') {
      tag.opaque = text.substr(0, i + 1);
      text.remove_prefix(i + 1);
      return tag;
    }
    if (byte <= ' ' || byte == 0x7f) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<EntityTag> parse_etag(std::string_view value) {
  value = trim(value);
  const auto tag = take_tag(value);
  return value.empty() ? tag : std::nullopt;
}

bool strong_equal(const EntityTag& a, const EntityTag& b) { return !a.weak && !b.weak && a.opaque == b.opaque; }

bool strong_equal(std::string_view a, std::string_view b) {
  const auto tag = parse_etag(a);
  const auto other = parse_etag(b);
  if (tag && other) return strong_equal(*tag, *other);
  const bool marked_weak = a.size() >= 2 && equal_names(a.substr(0, 2), "W/");
  return !a.empty() && a == b && !marked_weak;
}

bool weak_equal(const EntityTag& a, const EntityTag& b) { return a.opaque == b.opaque; }

bool list_has(std::string_view list, const EntityTag& tag, bool weakly) {
  list = trim(list);
  if (list == "*") return true;
  bool found = false;
  while (!list.empty()) {
    if (take(list, ',')) {
      list = trim(list);
      continue;
    }
    const auto next = take_tag(list);
    if (!next) return false;
    found = found || (weakly ? weak_equal(*next, tag) : strong_equal(*next, tag));
    list = trim(list);
    if (!list.empty() && !list.starts_with(',')) return false;
  }
  return found;
}

}  // namespace larder::http
