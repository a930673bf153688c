// What the pages for operators give as examples is what the node reads.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/config_reader.h"
#include "node/node_config.h"
#include "origin/path_pattern.h"
#include "origin/shipped_rules.h"

namespace larder::node {
namespace {

std::string page(std::string_view name) {
  auto text = read_text_file(std::string(LARDER_OPERATIONS_PAGES) + "/" + std::string(name));
  EXPECT_TRUE(text) << text.error().text;
  return text ? *text : "";
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// What stands between "```toml" and "```".
std::vector<std::string> toml_examples(std::string_view text) {
  std::vector<std::string> examples;
  bool inside = false;
  for (const std::string_view line : lines_of(text)) {
    if (!inside && line == "```toml") {
      examples.emplace_back();
      inside = true;
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      examples.back() += std::string(line) + "\n";
    }
  }
  return examples;
}

/// What stands between pairs of `mark` in `text`.
std::vector<std::string_view> quoted(std::string_view text, char mark) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t begin = text.find(mark);
    if (begin == std::string_view::npos) return parts;
    const std::size_t end = text.find(mark, begin + 1);
    if (end == std::string_view::npos) return parts;
    parts.push_back(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
}

/// The cells of a table's row; none of another line.
std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  if (!line.starts_with("| ")) return cells;
  line.remove_prefix(1);
  for (;;) {
    const std::size_t end = line.find('|');
    if (end == std::string_view::npos) return cells;
    cells.push_back(line.substr(0, end));
    line.remove_prefix(end + 1);
  }
}

TEST(OperationsPages, EveryConfigurationExampleIsValid) {
  for (const char* name : {"configuration.md", "content-rules.md"}) {
    const std::vector<std::string> examples = toml_examples(page(name));
    EXPECT_FALSE(examples.empty()) << name;
    for (const std::string& example : examples) {
      const auto config = parse_node_config(example, name);
      EXPECT_TRUE(config) << config.error().text << "\nin\n" << example;
    }
  }
}

TEST(OperationsPages, PathPatternsMatchWhatTheirTableSays) {
  const std::string text = page("content-rules.md");
  int compared = 0;
  for (const std::string_view line : lines_of(text)) {
    const auto cells = cells_of(line);
    if (cells.size() != 3 || !cells[0].starts_with(" `\"")) continue;
    const auto pattern = origin::parse_path_pattern(quoted(cells[0], '"').at(0));
    ASSERT_TRUE(pattern) << line;
    for (const std::string_view path : quoted(cells[1], '`')) {
      EXPECT_TRUE(pattern->matches(path)) << line << "\n" << path;
      ++compared;
    }
    for (const std::string_view path : quoted(cells[2], '`')) {
      EXPECT_FALSE(pattern->matches(path)) << line << "\n" << path;
      ++compared;
    }
  }
  EXPECT_GT(compared, 10);
}

/// "| `rule` | patterns | patterns |" rows: each pattern in full is one of the rule's.
TEST(OperationsPages, TheShippedRulesHaveThePatternsThatTheirTableSays) {
  const auto rules = *origin::shipped_rules("microsoft");
  const std::string text = page("content-rules.md");
  const std::size_t begin = text.find("| rule | `immutable` | `changing` |");
  ASSERT_NE(begin, std::string::npos);
  std::size_t named = 0;
  const auto has = [](const std::vector<origin::PathPattern>& patterns, std::string_view shown) {
    if (shown.starts_with("…")) shown.remove_prefix(std::string_view("…").size());
    return std::ranges::any_of(patterns, [&](const origin::PathPattern& each) { return each.text().ends_with(shown); });
  };
  for (const std::string_view line : lines_of(std::string_view(text).substr(begin))) {
    const auto cells = cells_of(line);
    if (cells.size() != 3 || !cells[0].starts_with(" `")) continue;
    const auto rule = std::ranges::find(rules, quoted(cells[0], '`').at(0), &origin::ContentRule::name);
    ASSERT_NE(rule, rules.end()) << line;
    const auto immutable = quoted(cells[1], '`');
    const auto changing = quoted(cells[2], '`');
    for (const std::string_view shown : immutable) EXPECT_TRUE(has(rule->immutable, shown)) << line << "\n" << shown;
    for (const std::string_view shown : changing) EXPECT_TRUE(has(rule->changing, shown)) << line << "\n" << shown;
    EXPECT_EQ(immutable.size(), rule->immutable.size()) << line;
    EXPECT_EQ(changing.size(), rule->changing.size()) << line;
    ++named;
  }
  EXPECT_EQ(named, static_cast<std::size_t>(std::ranges::count_if(rules, [](const origin::ContentRule& rule) {
              return !rule.immutable.empty() || !rule.changing.empty();
            })));
}

}  // namespace
}  // namespace larder::node
