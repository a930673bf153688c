#include "cli/field_lines.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <map>
#include <string_view>
#include <utility>

namespace larder::cli {
namespace {

constexpr std::size_t kFewestToGroup = 4;

// What the portal says of one block, as it is said of several.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOfSeveral = {
    {{"lies ", "lie "}, {"is ", "are "}, {"overlaps ", "overlap "}, {"holds ", "hold "}}};

// The API's name of what is an option here.
std::string in_words_of_options(std::string words, const RequestBody& body) {
  if (body.is_of_file()) return words;
  if (const std::size_t at = words.find("set share_blocks"); at != std::string::npos) {
    words.replace(at, 16, "give --share-blocks");
  }
  return words;
}

// A block of a list, and what is said of it without it; "" if it does not begin with a block.
std::string said_of_block(const client::FieldError& error) {
  if (!error.pointer.starts_with("/cidr_blocks/") || !error.suggestion.empty()) return "";
  const std::size_t end = error.detail.find(' ');
  if (end == std::string::npos || error.detail.find('/') > end) return "";
  return error.detail.substr(error.detail[end - 1] == ':' ? end - 1 : end + 1);
}

std::string group_line(std::size_t count, std::string said, const RequestBody& body, std::string_view first) {
  for (const auto& [one, several] : kOfSeveral) {
    if (said.starts_with(one)) said.replace(0, one.size(), several);
  }
  const std::string_view blank = said.starts_with(':') ? "" : " ";
  return fmt::format("{} blocks{}{}: {} and {} more", count, blank, in_words_of_options(std::move(said), body),
                     body.place(first), count - 1);
}

}  // namespace

std::string field_line(const RequestBody& body, const client::FieldError& error) {
  const std::string place = body.place(error.pointer);
  std::string_view detail = error.detail;
  if (const std::size_t colon = detail.find(": "); colon != std::string_view::npos) {
    if (place.ends_with(" " + std::string(detail.substr(0, colon)))) detail.remove_prefix(colon + 2);
  }
  const std::string words = in_words_of_options(std::string(detail), body);
  std::string line = place.empty() ? words : fmt::format("{}: {}", place, words);
  if (!error.suggestion.empty()) line += fmt::format(" (try {})", error.suggestion);
  return line;
}

std::vector<std::string> field_lines(const RequestBody& body, const std::vector<client::FieldError>& errors) {
  std::map<std::string, std::size_t> counts;  // of blocks, by what is said of them
  for (const auto& error : errors) ++counts[said_of_block(error)];
  counts[""] = 0;
  std::vector<std::string> lines;
  for (const auto& error : errors) {
    std::string said = said_of_block(error);
    std::size_t& count = counts[said];
    if (said.empty() || (count > 0 && count < kFewestToGroup)) {
      lines.push_back(field_line(body, error));
    } else if (count > 0) {
      lines.push_back(group_line(count, std::move(said), body, error.pointer));
      count = 0;  // it is told
    }
  }
  return lines;
}

boost::json::array field_json(const RequestBody& body, const std::vector<client::FieldError>& errors) {
  boost::json::array fields;
  for (const auto& error : errors) {
    boost::json::object field = {
        {"pointer", error.pointer}, {"option", body.place(error.pointer)}, {"detail", error.detail}};
    if (!error.suggestion.empty()) field["suggestion"] = error.suggestion;
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace larder::cli
