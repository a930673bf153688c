#include "core/json_at.h"

#include <boost/json/serialize.hpp>

namespace larder {
namespace {

std::string text_of(const boost::json::value& value) {
  if (value.is_null()) return "";
  if (const auto* string = value.if_string()) return std::string(*string);
  if (const auto* array = value.if_array()) {
    std::string out;
    for (const auto& item : *array) out += (out.empty() ? "" : ", ") + text_of(item);
    return out;
  }
  if (const auto* object = value.if_object()) {
    std::string out;
    for (const auto& member : *object) {
      out += (out.empty() ? "" : ", ") + std::string(member.key()) + "=" + text_of(member.value());
    }
    return out;
  }
  return boost::json::serialize(value);
}

}  // namespace

const boost::json::value* find_at(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  return value.find_pointer({pointer.data(), pointer.size()}, error);
}

std::string text_at(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value* found = find_at(value, pointer);
  return found == nullptr ? "" : text_of(*found);
}

std::int64_t number_at(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value* found = find_at(value, pointer);
  if (found == nullptr) return 0;
  boost::system::error_code error;
  const auto number = found->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

bool flag_at(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value* found = find_at(value, pointer);
  return found != nullptr && found->is_bool() && found->get_bool();
}

const boost::json::array& list_at(const boost::json::value& value, std::string_view pointer) {
  static const boost::json::array kNone;
  const boost::json::value* found = find_at(value, pointer);
  return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

}  // namespace larder
