#include "cli/block_list.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "net/address_range.h"

namespace larder::cli {
namespace {

constexpr std::string_view kBlanks = " \t\r\"";
constexpr std::string_view kColumnEnds = ",;\t";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const std::size_t end = text.find_last_not_of(kBlanks);
  return end == std::string_view::npos ? "" : text.substr(begin, end + 1 - begin);
}

std::optional<net::AddressRange> range_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const auto prefix = net::parse_prefix(text);
    return prefix ? std::optional(net::range_of(*prefix)) : std::nullopt;
  }
  const auto first = net::parse_address(trimmed(text.substr(0, dash)));
  const auto last = net::parse_address(trimmed(text.substr(dash + 1)));
  if (!first || !last || first->is_v4() != last->is_v4() || *last < *first) return std::nullopt;
  return net::AddressRange{net::number_of(*first), net::number_of(*last)};
}

std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> columns;
  for (;;) {
    const std::size_t end = std::min(line.find_first_of(kColumnEnds), line.size());
    columns.push_back(trimmed(line.substr(0, end)));
    if (end == line.size()) return columns;
    line.remove_prefix(end + 1);
  }
}

/// The first column that is a block or a range.
std::optional<std::size_t> block_column(const std::vector<std::string_view>& columns) {
  const auto found = std::ranges::find_if(columns, [](std::string_view text) { return range_of(text).has_value(); });
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

struct Line {
  std::string_view text;
  std::size_t number;
};

/// Those with something in them, without comments.
std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, std::min(end, text.find('#')));
    if (!trimmed(line).empty()) lines.push_back({line, number});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Of a column: words, nothing that might be an address.
bool is_title(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return text.find_first_of("./:") == std::string_view::npos && text.find_first_of(kLetters) != std::string_view::npos;
}

/// Which column of a table has the blocks; nothing: it is no table with a header.
std::optional<std::size_t> table_column(const std::vector<Line>& lines) {
  if (lines.size() < 2) return std::nullopt;
  const auto header = columns_of(lines[0].text);
  const auto first = columns_of(lines[1].text);
  const auto column = block_column(first);
  return header.size() == first.size() && column && is_title(header[*column]) ? column : std::nullopt;
}

std::vector<command_line::ListedPart> column_of(const std::vector<Line>& lines, std::size_t column) {
  std::vector<command_line::ListedPart> parts;
  for (const Line& line : std::span(lines).subspan(1)) {
    const auto columns = columns_of(line.text);
    if (column < columns.size() && !columns[column].empty()) {
      parts.push_back({std::string(columns[column]), line.number});
    } else {
      parts.push_back({std::string(trimmed(line.text)), line.number});  // a row that is cut off
    }
  }
  return parts;
}

}  // namespace

std::vector<command_line::ListedPart> split_blocks(std::string_view text) {
  const auto lines = lines_of(text);
  if (const auto column = table_column(lines)) return column_of(lines, *column);
  std::vector<command_line::ListedPart> joined;
  for (command_line::ListedPart& part : command_line::split_list(text)) {
    const bool goes_on = !joined.empty() && joined.back().line == part.line &&
                         (joined.back().text.ends_with('-') || part.text.starts_with('-'));
    if (goes_on) {
      joined.back().text += part.text;
    } else {
      joined.push_back(std::move(part));
    }
  }
  return joined;
}

std::vector<CidrBlock> aggregated(const std::vector<CidrBlock>& blocks) {
  std::vector<net::Prefix> prefixes;
  std::vector<CidrBlock> unclear;
  for (const CidrBlock& block : blocks) {
    const auto range = range_of(block.prefix);
    if (!range) {
      unclear.push_back(block);
      continue;
    }
    const auto parts = net::prefixes_of({*range});
    prefixes.insert(prefixes.end(), parts.begin(), parts.end());
  }
  std::vector<CidrBlock> all;
  for (const net::Prefix& prefix : net::prefixes_of(net::address_set(prefixes))) {
    all.push_back({to_string(prefix), fmt::format("--aggregate, {}:", to_string(prefix))});
  }
  all.insert(all.end(), unclear.begin(), unclear.end());
  return all;
}

}  // namespace larder::cli
