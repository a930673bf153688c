// ListView: a list of the API as a table, or as JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/table.h"

namespace larder::cli {

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
std::string short_time(const std::string& time);

/// What --limit says; `usual` if it was not given. Errors: kUsage.
Result<std::size_t> parse_limit(const std::string& text, std::size_t usual);

void show_list(Context& context, const boost::json::array& items, const std::vector<Column>& columns,
               std::string_view if_none);

// Record: one object as lines of a name and a value. Empty values are left out.
class Record {
 public:
  void add(std::string name, Cell value) {
    if (!value.text.empty()) table_.add({Cell(std::move(name), Tone::kFaint), std::move(value)});
  }
  const Table& table() const { return table_; }

 private:
  Table table_{std::vector{Fit::kWhole, Fit::kWrap}};
};

/// What admins are told of names that look like others: for one thing a line each, for a list a column if there are
/// any.
void add_look_alikes(Record& record, const boost::json::value& item);
std::vector<Column> with_look_alikes(std::vector<Column> columns, const boost::json::array& items);

}  // namespace larder::cli
