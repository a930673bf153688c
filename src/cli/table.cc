#include "cli/table.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "cli/printable.h"

namespace larder::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastWidth = 8;

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain: return "";
    case Tone::kGood: return "\x1b[32m";
    case Tone::kWaiting: return "\x1b[33m";
    case Tone::kBad: return "\x1b[31m";
    case Tone::kFaint: return "\x1b[2m";
  }
  return "";
}

// Takes columns from the widest ones until all fit.
void shrink(std::vector<std::size_t>& widths, std::size_t available) {
  std::size_t sum = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
  while (sum > available) {
    const auto widest = std::ranges::max_element(widths);
    if (widest == widths.end() || *widest <= kLeastWidth) return;
    --*widest;
    --sum;
  }
}

void append_row(std::string& out, const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                const Screen& screen) {
  std::size_t owed = 0;  // spaces are written only before something: no line ends in them
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string text = screen.width ? cut(row[i].text, widths[i]) : row[i].text;
    if (!text.empty()) {
      out.append(owed, ' ');
      owed = 0;
      const std::string_view escape = screen.colours ? escape_of(row[i].tone) : "";
      out += escape;
      out += text;
      if (!escape.empty()) out += "\x1b[0m";
    }
    owed += widths[i] - std::min(widths[i], display_width(text)) + kGap;
  }
  out += '\n';
}

}  // namespace

Cell state_cell(std::string state) {
  constexpr std::array<std::string_view, 7> kGood = {"enabled", "valid", "configured", "approved",
                                                     "open",    "yes",   "gained"};
  constexpr std::array<std::string_view, 5> kWaiting = {"in_review", "draining", "partly_approved", "moved",
                                                        "not_configured"};
  constexpr std::array<std::string_view, 6> kBad = {"attention_required", "rejected", "refused",
                                                    "disabled",           "expired",  "lost"};
  Tone tone = Tone::kPlain;
  if (std::ranges::find(kGood, state) != kGood.end()) tone = Tone::kGood;
  if (std::ranges::find(kWaiting, state) != kWaiting.end()) tone = Tone::kWaiting;
  if (std::ranges::find(kBad, state) != kBad.end()) tone = Tone::kBad;
  return {std::move(state), tone};
}

std::string Table::to_string(const Screen& screen) const {
  std::vector<std::vector<Cell>> lines;
  if (!titles_.empty()) {
    auto& line = lines.emplace_back();
    for (const std::string& title : titles_) line.emplace_back(title, Tone::kFaint);
  }
  for (const auto& row : rows_) lines.push_back(row);

  std::vector<std::size_t> widths;
  for (auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i].text = printable(line[i].text);
      widths[i] = std::max(widths[i], display_width(line[i].text));
    }
  }
  if (screen.width && !widths.empty()) {
    const std::size_t gaps = kGap * (widths.size() - 1);
    shrink(widths, *screen.width > gaps ? *screen.width - gaps : 0);
  }
  std::string out;
  for (const auto& line : lines) append_row(out, line, widths, screen);
  return out;
}

}  // namespace larder::cli
