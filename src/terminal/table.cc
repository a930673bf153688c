#include "terminal/table.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "terminal/printable.h"

namespace larder::terminal {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastWidth = 12;

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

using Row = std::vector<Cell>;

// The columns of a table that are shown, and how wide.
class Layout {
 public:
  Layout(const std::vector<Title>& titles, const std::vector<Row>& lines) : titles_(titles), widths_(titles.size()) {
    for (const Row& line : lines) {
      for (std::size_t i = 0; i < line.size(); ++i) widths_[i] = std::max(widths_[i], display_width(line[i].text));
    }
    for (std::size_t i = 0; i < titles.size(); ++i) shown_.push_back(i);
  }

  void fit(std::size_t available) {
    while (sum(true) > available) {
      const auto spare =
          std::ranges::find(shown_.rbegin(), shown_.rend(), Fit::kSpare, [&](auto i) { return fit_of(i); });
      if (spare == shown_.rend()) break;
      shown_.erase(std::next(spare).base());
    }
    // Columns are taken from the widest one that may be narrower.
    for (std::size_t now = sum(false); now > available; --now) {
      std::size_t* widest = nullptr;
      for (const std::size_t i : shown_) {
        if (widths_[i] > least(i) && (widest == nullptr || widths_[i] > *widest)) widest = &widths_[i];
      }
      if (widest == nullptr) return;
      --*widest;
    }
  }

  void append(std::string& out, const Row& row, bool colours) const {
    std::vector<std::vector<std::string>> lines;  // of each column that is shown
    std::size_t height = 1;
    for (const std::size_t i : shown_) {
      const std::string_view text = i < row.size() ? std::string_view(row[i].text) : "";
      lines.push_back(fit_of(i) == Fit::kWrap ? wrap(text, widths_[i]) : std::vector{cut(text, widths_[i])});
      height = std::max(height, lines.back().size());
    }
    for (std::size_t line = 0; line < height; ++line) {
      std::size_t owed = 0;  // spaces are written only before something: no line ends in them
      for (std::size_t at = 0; at < shown_.size(); ++at) {
        const std::string text = line < lines[at].size() ? lines[at][line] : "";
        if (!text.empty()) {
          out.append(owed, ' ');
          owed = 0;
          const std::string_view escape = colours ? escape_of(row[shown_[at]].tone) : "";
          out.append(escape).append(text);
          if (!escape.empty()) out += "\x1b[0m";
        }
        owed += widths_[shown_[at]] - std::min(widths_[shown_[at]], display_width(text)) + kGap;
      }
      out += '\n';
    }
  }

 private:
  Fit fit_of(std::size_t i) const { return titles_[i].fit; }
  std::size_t least(std::size_t i) const {
    const bool yields = fit_of(i) == Fit::kCut || fit_of(i) == Fit::kWrap;
    return yields ? std::min(widths_[i], kLeastWidth) : widths_[i];
  }
  // Of a line; `at_least`: with columns as narrow as they may be.
  std::size_t sum(bool at_least) const {
    std::size_t width = shown_.empty() ? 0 : kGap * (shown_.size() - 1);
    for (const std::size_t i : shown_) width += at_least ? least(i) : widths_[i];
    return width;
  }

  const std::vector<Title>& titles_;
  std::vector<std::size_t> widths_;  // by column
  std::vector<std::size_t> shown_;   // columns
};

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
  std::vector<Row> lines;
  if (has_titles_ && !titles_.empty()) {
    Row& line = lines.emplace_back();
    for (const Title& title : titles_) line.emplace_back(title.text, Tone::kFaint);
  }
  for (const Row& row : rows_) {
    Row& line = lines.emplace_back();
    for (const Cell& cell : row) line.emplace_back(printable(cell.text), cell.tone);
  }
  Layout layout(titles_, lines);
  if (screen.width) layout.fit(*screen.width);
  std::string out;
  for (const Row& line : lines) layout.append(out, line, screen.colours);
  return out;
}

}  // namespace larder::terminal
