// Table: rows of text in aligned columns, for people.
//
// Columns are as wide as their widest cell, in columns of a terminal and not in bytes. Only where there is a terminal
// is a row made to fit on a line, as the Fit of its columns says, and coloured.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace larder::terminal {

enum class Tone { kPlain, kGood, kWaiting, kBad, kFaint };

struct Cell {
  Cell(std::string cell_text = "", Tone cell_tone = Tone::kPlain) : text(std::move(cell_text)), tone(cell_tone) {}
  Cell(const char* cell_text) : text(cell_text) {}

  std::string text;
  Tone tone = Tone::kPlain;
};

/// How a state is coloured: "valid" is good, "in_review" waits, "rejected" is bad.
Cell state_cell(std::string state);

struct Screen {
  bool colours = false;
  std::optional<std::size_t> width;  // nullopt: no terminal, nothing is cut
};

// What a column does on a terminal that is too narrow.
enum class Fit {
  kWhole,  // stays as it is: ids and addresses, which are copied, and numbers
  kCut,    // is cut
  kSpare,  // is left out, the rightmost first
  kWrap,   // goes on below: only the last column
};

struct Title {
  std::string text;
  Fit fit = Fit::kWhole;
};

class Table {
 public:
  explicit Table(std::vector<Title> titles) : titles_(std::move(titles)) {}
  /// Without a line of titles, and with as many columns as there are `fits`.
  explicit Table(const std::vector<Fit>& fits) : has_titles_(false) {
    for (const Fit fit : fits) titles_.push_back({"", fit});
  }

  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  /// Lines with their ends. Everything in them is printable().
  std::string to_string(const Screen& screen) const;

 private:
  bool has_titles_ = true;
  std::vector<Title> titles_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace larder::terminal
