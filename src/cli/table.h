// Table: rows of text in aligned columns, for people.
//
// Columns are as wide as their widest cell, in columns of a terminal and not in bytes. Only where there is a terminal
// are cells cut so that a row fits on a line, and coloured.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace larder::cli {

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

class Table {
 public:
  /// No titles: no line of titles.
  explicit Table(std::vector<std::string> titles = {}) : titles_(std::move(titles)) {}

  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  /// Lines with their ends. Everything in them is printable().
  std::string to_string(const Screen& screen) const;

 private:
  std::vector<std::string> titles_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace larder::cli
