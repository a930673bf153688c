#include "support/client_request.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <ctime>
#include <limits>

namespace larder::support {
namespace {

constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// A number of any length; one that does not fit is the largest.
std::optional<std::uint64_t> saturated_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc::result_out_of_range ? kEnd : number;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3;
    out += escape ? static_cast<char>(value) : text[i];
    if (escape) i += 2;
  }
  return out;
}

std::optional<std::time_t> parse_date(std::string_view text) {
  std::tm time{};
  const std::string copy(text);
  if (::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time) == nullptr) return std::nullopt;
  return ::timegm(&time);
}

std::string_view without_weakness(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

// Whether a list of entity tags holds this one, compared weakly. Commas inside of a tag are not expected here.
bool list_holds(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = without_blanks(list.substr(0, comma));
    if (item == "*" || (!etag.empty() && without_weakness(item) == without_weakness(etag))) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// Takes the cacheHostOrigin items out of the query of `url`, and gives the last one's value.
std::optional<std::string> take_origin_out(Url& url) {
  constexpr std::string_view kItem = "cacheHostOrigin=";
  std::optional<std::string> origin;
  std::string rest;
  bool first = true;
  for (std::string_view query = url.query; !query.empty();) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    if (lower_case(piece.substr(0, kItem.size())) == lower_case(kItem)) {
      origin = percent_decoded(piece.substr(kItem.size()));
    } else {
      rest.append(first ? "" : "&").append(piece);
      first = false;
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  if (origin) url.query = rest;
  return origin;
}

}  // namespace

OriginRange AskedRange::of(std::uint64_t size) const {
  if (suffix) return {size - std::min(size, end), size};
  if (begin >= size) return {};
  return {begin, std::min(end, size)};
}

std::optional<AskedRange> parse_asked_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes=";
  text = without_blanks(text);
  if (lower_case(text.substr(0, kUnit.size())) != kUnit) return std::nullopt;
  text = without_blanks(text.substr(kUnit.size()));
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  const auto first = saturated_number(first_text);
  const auto last = saturated_number(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last)) return std::nullopt;
  if (!first) return AskedRange{.suffix = true, .begin = 0, .end = *last};
  if (last && *last < *first) return std::nullopt;
  return AskedRange{.suffix = false, .begin = *first, .end = last && *last < kEnd ? *last + 1 : kEnd};
}

std::string_view ClientRequest::field(std::string_view name) const {
  std::string_view value;
  for (const Field& field : fields) {
    if (same_name(field.name, name)) value = field.value;
  }
  return value;
}

std::optional<AskedRange> ClientRequest::range() const {
  return method == "GET" ? parse_asked_range(field("Range")) : std::nullopt;
}

bool ClientRequest::is_conditional() const {
  return !field("If-None-Match").empty() || !field("If-Modified-Since").empty();
}

bool ClientRequest::has(const OriginObject& object) const {
  bool any_tag = false;
  for (const Field& field : fields) {
    if (!same_name(field.name, "If-None-Match")) continue;
    any_tag = true;
    if (list_holds(field.value, object.etag)) return true;
  }
  if (any_tag) return false;
  const auto since = parse_date(field("If-Modified-Since"));
  const auto modified = parse_date(object.last_modified);
  return since && modified && *modified <= *since;
}

bool ClientRequest::range_is_for(const OriginObject& object) const {
  const std::string_view validator = field("If-Range");
  if (validator.empty()) return true;
  if (validator.starts_with("W/")) return false;
  return validator == object.etag || validator == object.last_modified;
}

std::string origin_of(std::string_view authority) {
  if (authority.starts_with('[')) return "";
  std::string name = lower_case(authority.substr(0, authority.find(':')));
  if (name.ends_with('.')) name.pop_back();
  const bool is_name = name.contains('.') && name.find_first_not_of("0123456789.") != std::string::npos;
  return is_name ? name : "";
}

ClientRequest parse_client_request(std::string_view head) {
  ClientRequest request;
  auto parsed = parse_message_head(head);
  const std::string_view line = parsed ? std::string_view(parsed->first_line) : std::string_view();
  const std::size_t space = line.find(' ');
  const std::size_t last_space = line.rfind(' ');
  if (space == std::string_view::npos || last_space == space || !line.substr(last_space + 1).starts_with("HTTP/1.")) {
    request.readable = false;
    return request;
  }
  request.method = line.substr(0, space);
  std::string_view target = line.substr(space + 1, last_space - space - 1);
  request.fields = std::move(parsed->fields);

  request.url.host = origin_of(request.field("Host"));
  if (const std::size_t scheme = target.find("://"); scheme != std::string_view::npos && !target.starts_with('/')) {
    target.remove_prefix(scheme + 3);
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    request.url.host = origin_of(target.substr(0, end));
    target.remove_prefix(end);
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.url.path = mark == 0 ? "/" : target.substr(0, mark);
  request.url.query = target.substr(std::min(mark + 1, target.size()));
  if (const auto origin = take_origin_out(request.url)) request.url.host = origin_of(*origin);
  return request;
}

std::string to_string(const ClientRequest& request) {
  constexpr std::size_t kMost = 200;
  if (!request.readable) return "a request that is no HTTP";
  std::string text = request.method + " " + to_string(request.url);
  std::string told;
  for (const Field& field : request.fields) {
    const bool tells = same_name(field.name, "Range") || lower_case(field.name).starts_with("if-");
    if (tells) told += (told.empty() ? "" : "; ") + field.name + ": " + field.value;
  }
  if (!told.empty()) text += " (" + told + ")";
  if (text.size() > kMost) text.replace(kMost, std::string::npos, "...");
  return text;
}

}  // namespace larder::support
