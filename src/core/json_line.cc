#include "core/json_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "core/code_points.h"
#include "core/utf8.h"

namespace larder {
namespace {

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// A lambda, so that it is inlined.
constexpr auto kIsPlain = [](char c) { return kPlain[static_cast<unsigned char>(c)]; };

// As JSON has it: in UTF-16.
void append_escaped(std::string& out, char32_t point) {
  constexpr char32_t kFirstPair = 0x10000;
  if (point < kFirstPair) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", std::uint32_t{point});
    return;
  }
  const std::uint32_t bits = point - kFirstPair;
  fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800 + (bits >> 10), 0xDC00 + (bits & 0x3FF));
}

// Appends what stands for the first character of `text`, and tells how many bytes that was.
std::size_t append_special(std::string& out, std::string_view text) {
  const char c = text.front();
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return 1;
  }
  std::string_view rest = text;
  const char32_t point = take_point(rest);
  const std::size_t length = text.size() - rest.size();
  if (point == kNoPoint) {
    out += "\\ufffd";
  } else if (is_control(point) || is_invisible(point)) {
    append_escaped(out, point);
  } else {
    out += text.substr(0, length);
  }
  return length;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), kIsPlain) - text.begin());
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_special(out, text));
  }
  out += '"';
}

void JsonLine::append_decimal(std::string& out, double value) {
  // fmt's exact way costs ten times this, for digits that nobody reads.
  if (!(std::abs(value) < 1e15)) {
    out += "null";  // JSON has no other word for it
    return;
  }
  const auto thousandths = static_cast<std::uint64_t>(std::llround(std::abs(value) * 1000));
  if (value < 0 && thousandths > 0) out += '-';
  const fmt::format_int whole(thousandths / 1000);
  out.append(whole.data(), whole.size());
  out += '.';
  for (std::uint64_t digit = 100; digit > 0; digit /= 10) {
    out += static_cast<char>('0' + thousandths / digit % 10);
  }
}

}  // namespace larder
