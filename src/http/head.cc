#include "http/head.h"

#include "http/characters.h"

namespace larder::http {

bool equal_names(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::optional<std::string_view> FieldList::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_names(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> FieldList::last(std::string_view name) const {
  for (auto field = fields_.rbegin(); field != fields_.rend(); ++field) {
    if (equal_names(field->name, name)) return field->value;
  }
  return std::nullopt;
}

std::size_t FieldList::count(std::string_view name) const {
  std::size_t count = 0;
  for (const Field& field : fields_) {
    if (equal_names(field.name, name)) ++count;
  }
  return count;
}

std::string FieldList::joined(std::string_view name) const {
  std::string all;
  for (const Field& field : fields_) {
    if (!equal_names(field.name, name)) continue;
    if (!all.empty()) all += ", ";
    all += field.value;
  }
  return all;
}

bool FieldList::has_token(std::string_view name, std::string_view token) const {
  for (const Field& field : fields_) {
    if (!equal_names(field.name, name)) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      if (equal_names(trim(rest.substr(0, comma)), token)) return true;
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return false;
}

}  // namespace larder::http
