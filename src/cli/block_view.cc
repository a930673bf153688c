#include "cli/block_view.h"

#include "core/json_at.h"
#include "terminal/wording.h"

namespace larder::cli {
namespace {

using terminal::Cell;
using terminal::Fit;
using terminal::grouped;
using terminal::state_cell;
using terminal::Table;
using terminal::Title;

std::string count_text(const boost::json::value& counts, std::string_view pointer) {
  const auto count = number_at(counts, pointer);
  return count == 0 ? "" : grouped(count);
}

std::string reasons_text(const boost::json::value& block) {
  std::string text;
  for (const auto& reason : list_at(block, "/reasons")) {
    std::string detail = text_at(reason, "/detail");
    if (detail.empty()) detail = text_at(reason, "/code");
    text += (text.empty() ? "" : "; ") + detail;
  }
  return text;
}

void add_changes(Table& table, const boost::json::value& changes, const std::string& kind) {
  for (const auto& change : list_at(changes, "/" + kind)) {
    const std::string from = text_at(change, "/from/name");
    table.add({state_cell(kind), text_at(change, "/prefix"), count_text(change, "/ipv4_addresses"),
               count_text(change, "/ipv6_networks"), from.empty() ? "" : "from " + from});
  }
}

}  // namespace

Table block_table(const boost::json::array& blocks, bool with_decision) {
  std::vector<Title> titles = {{"BLOCK"}, {"STATE"}, {"IPV4"}, {"IPV6 /56", Fit::kSpare}};
  if (with_decision) titles.push_back({"DECISION"});
  titles.push_back({"WHY", Fit::kWrap});
  Table table(std::move(titles));
  for (const auto& block : blocks) {
    std::vector<Cell> row = {text_at(block, "/prefix"), state_cell(text_at(block, "/state")),
                             count_text(block, "/ipv4_addresses"), count_text(block, "/ipv6_networks")};
    if (with_decision) row.push_back(state_cell(text_at(block, "/decision")));
    row.emplace_back(reasons_text(block));
    table.add(std::move(row));
  }
  return table;
}

Table change_table(const boost::json::value& changes) {
  Table table(std::vector<Title>{{"CHANGE"}, {"BLOCK"}, {"IPV4"}, {"IPV6 /56"}, {"", Fit::kWrap}});
  for (const char* kind : {"gained", "lost", "moved"}) add_changes(table, changes, kind);
  return table;
}

}  // namespace larder::cli
