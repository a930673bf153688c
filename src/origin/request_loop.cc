#include "origin/request_loop.h"

#include <algorithm>

namespace larder::origin {
namespace {

constexpr std::string_view kBlanks = " \t";

/// Calls `each` with the elements of a comma-separated list, blanks around them removed, until it returns true.
template <class Each>
bool any_element(std::string_view list, Each each) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view element = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    element.remove_prefix(std::min(element.find_first_not_of(kBlanks), element.size()));
    if (each(element)) return true;
  }
  return false;
}

std::string_view first_word(std::string_view text, std::string_view ends) {
  return text.substr(0, text.find_first_of(ends));
}

bool is_cdn(std::string_view element, std::string_view pseudonym) {
  return http::equal_names(first_word(element, " \t;"), pseudonym);
}

/// "1.1 larder-a (comment)", "HTTP/1.1 larder-a"
bool is_via(std::string_view element, std::string_view pseudonym) {
  element.remove_prefix(first_word(element, kBlanks).size());
  element.remove_prefix(std::min(element.find_first_not_of(kBlanks), element.size()));
  return http::equal_names(first_word(element, kBlanks), pseudonym);
}

}  // namespace

std::string node_pseudonym(std::string_view node_id) { return "larder-" + std::string(node_id); }

bool is_loop(const http::RequestHead& head, std::string_view node_id) {
  std::string pseudonym;
  for (const http::Field& field : head.fields) {
    const bool cdn_loop = http::equal_names(field.name, "CDN-Loop");
    if (!cdn_loop && !http::equal_names(field.name, "Via")) continue;
    if (pseudonym.empty()) pseudonym = node_pseudonym(node_id);
    const auto is_ours = [&](std::string_view element) {
      return cdn_loop ? is_cdn(element, pseudonym) : is_via(element, pseudonym);
    };
    if (any_element(field.value, is_ours)) return true;
  }
  return false;
}

}  // namespace larder::origin
