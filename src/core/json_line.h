// JsonLine: one JSON object on one line, built field by field without allocating more than its buffer.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace larder {

/// Appends `text` as a JSON string: quotes, backslashes, and characters that control or are not seen escaped, so that a
/// line reads as what it is; bytes that are no UTF-8 replaced.
void append_json_string(std::string& out, std::string_view text);

class JsonLine {
 public:
  JsonLine& add(std::string_view key, std::string_view value) {
    append_json_string(begin(key), value);
    return *this;
  }
  JsonLine& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
  JsonLine& add(std::string_view key, bool value) {
    begin(key) += value ? "true" : "false";
    return *this;
  }
  template <std::integral Number>
  JsonLine& add(std::string_view key, Number value) {
    const fmt::format_int digits(value);
    begin(key).append(digits.data(), digits.size());
    return *this;
  }
  /// With three decimals.
  JsonLine& add(std::string_view key, double value) {
    append_decimal(begin(key), value);
    return *this;
  }

  /// The finished line with its line end. The object is empty again after this.
  std::string finish() {
    text_ += text_.empty() ? "{}\n" : "}\n";
    return std::exchange(text_, {});
  }

 private:
  static constexpr std::size_t kUsualSize = 512;

  static void append_decimal(std::string& out, double value);

  // Keys are words of ours: nothing in them needs escaping.
  std::string& begin(std::string_view key) {
    if (text_.empty()) text_.reserve(kUsualSize);
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += key;
    text_ += "\":";
    return text_;
  }

  std::string text_;
};

}  // namespace larder
