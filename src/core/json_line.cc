#include "core/json_line.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

namespace larder {
namespace {

// Length of the UTF-8 sequence that starts `text`, or 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// Appends what stands for the first character of `text`, and tells how many bytes that was.
std::size_t append_special(std::string& out, std::string_view text) {
  const char c = text.front();
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return 1;
  }
  if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    return 1;
  }
  if (const std::size_t length = utf8_length(text); length > 0) {
    out += text.substr(0, length);
    return length;
  }
  out += "\\ufffd";
  return 1;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
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
