#include "cli/list_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {

Result<std::size_t> parse_limit(const std::string& text, std::size_t usual) {
  if (text.empty()) return usual;
  const auto count = command_line::parse_count(text);
  if (!count) return give_up(ExitCode::kUsage, "--limit: {}", count.error().text);
  return static_cast<std::size_t>(*count);
}

void show_list(Context& context, const boost::json::array& items, const std::vector<Column>& columns,
               std::string_view if_none) {
  if (context.globals().json) return context.print_json(items);
  if (items.empty()) return context.say(if_none);
  context.print(terminal::table_of(items, columns));
}

namespace {

// "Example (name: Cyrillic, Latin)"
std::string look_alike_text(const boost::json::value& seen) {
  const std::string pointer = text_at(seen, "/pointer");
  return fmt::format("{} ({}: {})", text_at(seen, "/looks_like"),
                     std::string_view(pointer).substr(pointer.empty() ? 0 : 1), text_at(seen, "/scripts"));
}

std::string look_alike_texts(const boost::json::value& item) {
  std::string all;
  for (const auto& seen : list_at(item, "/look_alikes")) {
    fmt::format_to(std::back_inserter(all), "{}{}", all.empty() ? "" : "; ", look_alike_text(seen));
  }
  return all;
}

}  // namespace

void add_look_alikes(Record& record, const boost::json::value& item) {
  record.add("Looks like", look_alike_texts(item));
}

std::vector<Column> with_look_alikes(std::vector<Column> columns, const boost::json::array& items) {
  const bool some =
      std::ranges::any_of(items, [](const boost::json::value& item) { return !list_at(item, "/look_alikes").empty(); });
  if (some) {
    columns.push_back(
        {"LOOKS LIKE", "", [](const boost::json::value& item) -> Cell { return look_alike_texts(item); }, Fit::kWrap});
  }
  return columns;
}

}  // namespace larder::cli
