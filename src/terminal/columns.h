// Columns: which members of JSON objects a table shows, and how.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <vector>

#include "terminal/table.h"

namespace larder::terminal {

struct Column {
  std::string title;
  std::string pointer;
  std::function<Cell(const boost::json::value& item)> cell = nullptr;  // null: text_at(item, pointer)
  Fit fit = Fit::kWhole;
};

Column text_column(std::string title, std::string pointer, Fit fit);

/// The state at `pointer`, coloured.
Column state_column(std::string title, std::string pointer, Fit fit = Fit::kWhole);
/// A number with separators, "-" of null.
Column number_column(std::string title, std::string pointer, Fit fit = Fit::kWhole);
/// "yes" or "".
Column flag_column(std::string title, std::string pointer, Fit fit = Fit::kWhole);
/// A time to the minute: "2026-11-21 04:50".
Column time_column(std::string title, std::string pointer, Fit fit = Fit::kWhole);

/// A line for each of `items`.
Table table_of(const boost::json::array& items, const std::vector<Column>& columns);

}  // namespace larder::terminal
