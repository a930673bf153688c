#include "cli/request_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/json_at.h"
#include "core/json_pointer.h"

namespace larder::cli {
namespace {

// The value that was sent, if it is short enough to be shown beside its option.
std::string shown_value(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value* found = find_at(value, pointer);
  if (found == nullptr || found->is_structured() || found->is_null()) return "";
  const std::string text = text_at(value, pointer);
  return text.size() > 80 || text.find('\n') != std::string::npos ? "" : text;
}

// The option by which commands set a query parameter: "--ip-space" of "ip_space".
std::string option_of(std::string_view parameter) {
  if (parameter == "q") return "--query";
  if (parameter == "organisation") return "--org";
  if (parameter == "ring") return "--update-ring";
  std::string option = "--" + std::string(parameter);
  std::ranges::replace(option, '_', '-');
  return option;
}

// A pointer with its last step left off; "" of one that has no steps.
std::string_view parent(std::string_view pointer) {
  const std::size_t slash = pointer.rfind('/');
  return slash == std::string_view::npos ? "" : pointer.substr(0, slash);
}

}  // namespace

RequestBody& RequestBody::set(std::string_view name, boost::json::value value, std::string origin) {
  value_.get_object()[name] = std::move(value);
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
  if (pointer.starts_with('?')) return option_of(pointer.substr(1));
  for (std::string_view known = pointer; !known.empty(); known = parent(known)) {
    const auto found = origins_.find(known);
    if (found == origins_.end()) continue;
    const std::string value = secrets_.contains(known) ? "" : shown_value(value_, pointer);
    return value.empty() ? found->second : found->second + " " + value;
  }
  return std::string(pointer);
}

}  // namespace larder::cli
