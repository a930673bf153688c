#include "terminal/columns.h"

#include "core/json_at.h"
#include "terminal/wording.h"

namespace larder::terminal {

Column text_column(std::string title, std::string pointer, Fit fit) {
  return {std::move(title), std::move(pointer), nullptr, fit};
}

Column state_column(std::string title, std::string pointer, Fit fit) {
  return {std::move(title), pointer,
          [pointer](const boost::json::value& item) { return state_cell(text_at(item, pointer)); }, fit};
}

Column number_column(std::string title, std::string pointer, Fit fit) {
  return {std::move(title), pointer,
          [pointer](const boost::json::value& item) -> Cell {
            const auto* found = find_at(item, pointer);
            if (found == nullptr || found->is_null()) return "-";
            return grouped(number_at(item, pointer));
          },
          fit};
}

Column flag_column(std::string title, std::string pointer, Fit fit) {
  return {std::move(title), pointer,
          [pointer](const boost::json::value& item) -> Cell { return flag_at(item, pointer) ? "yes" : ""; }, fit};
}

Column time_column(std::string title, std::string pointer, Fit fit) {
  return {std::move(title), pointer,
          [pointer](const boost::json::value& item) -> Cell { return short_time(text_at(item, pointer)); }, fit};
}

Table table_of(const boost::json::array& items, const std::vector<Column>& columns) {
  std::vector<Title> titles;
  for (const Column& column : columns) titles.push_back({column.title, column.fit});
  Table table(std::move(titles));
  for (const auto& item : items) {
    std::vector<Cell> row;
    for (const Column& column : columns) {
      row.push_back(column.cell ? column.cell(item) : Cell(text_at(item, column.pointer)));
    }
    table.add(std::move(row));
  }
  return table;
}

}  // namespace larder::terminal
