#include "cli/request_body.h"

#include <fmt/format.h>

#include "cli/json_view.h"
#include "core/json_pointer.h"

namespace larder::cli {
namespace {

// The value that was sent, if it is short enough to be shown beside its option.
std::string shown_value(const boost::json::object& object, std::string_view pointer) {
  const boost::json::value value(object);
  const boost::json::value* found = find_at(value, pointer);
  if (found == nullptr || found->is_structured() || found->is_null()) return "";
  const std::string text = text_at(value, pointer);
  return text.size() > 80 || text.find('\n') != std::string::npos ? "" : text;
}

}  // namespace

RequestBody& RequestBody::set(std::string_view name, boost::json::value value, std::string origin) {
  object_[name] = std::move(value);
  return note("/" + pointer_step(name), std::move(origin));
}

RequestBody& RequestBody::set_secret(std::string_view name, std::string_view value, std::string origin) {
  secrets_.insert("/" + pointer_step(name));
  return set(name, value, std::move(origin));
}

RequestBody& RequestBody::note(std::string pointer, std::string origin) {
  origins_.insert_or_assign(std::move(pointer), std::move(origin));
  return *this;
}

std::string RequestBody::place(std::string_view pointer) const {
  for (std::string_view known = pointer; !known.empty(); known = known.substr(0, known.rfind('/'))) {
    const auto found = origins_.find(known);
    if (found == origins_.end()) continue;
    const std::string value = secrets_.contains(known) ? "" : shown_value(object_, pointer);
    return value.empty() ? found->second : found->second + " " + value;
  }
  return std::string(pointer);
}

std::string field_line(const RequestBody& body, std::string_view pointer, std::string_view detail,
                       std::string_view suggestion) {
  const std::string place = body.place(pointer);
  if (const std::size_t colon = detail.find(": "); colon != std::string_view::npos) {
    if (place.ends_with(" " + std::string(detail.substr(0, colon)))) detail.remove_prefix(colon + 2);
  }
  std::string line = place.empty() ? std::string(detail) : fmt::format("{}: {}", place, detail);
  if (!suggestion.empty()) line += fmt::format(" (try {})", suggestion);
  return line;
}

}  // namespace larder::cli
