#include "core/config_reader.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/bytes.h"

namespace larder {

std::string to_string(const std::vector<ConfigProblem>& problems, std::string_view file) {
  std::string out;
  for (const ConfigProblem& problem : problems) {
    if (problem.line > 0) {
      out += fmt::format("{}:{}: {}: {}\n", file, problem.line, problem.key, problem.text);
    } else {
      out += fmt::format("{}: {}: {}\n", file, problem.key, problem.text);
    }
  }
  return out;
}

ConfigTable::ConfigTable(const toml::table* table, std::string path, std::vector<ConfigProblem>* problems)
    : table_(table), path_(std::move(path)), problems_(problems) {}

std::string ConfigTable::full(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const toml::node* ConfigTable::find(std::string_view key) {
  asked_.emplace(key);
  return table_ == nullptr ? nullptr : table_->get(key);
}

bool ConfigTable::has(std::string_view key) const { return table_ != nullptr && table_->contains(key); }

bool ConfigTable::is_flag(std::string_view key) const {
  const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
  return node != nullptr && node->is_boolean();
}

unsigned ConfigTable::line_of(std::string_view key) const {
  if (table_ == nullptr) return 0;
  const toml::node* node = table_->get(key);
  return node != nullptr ? node->source().begin.line : table_->source().begin.line;
}

void ConfigTable::problem(std::string_view key, std::string text) {
  problems_->push_back({key.empty() ? path_ : full(key), line_of(key), std::move(text)});
}

void ConfigTable::wrong_type(std::string_view key, const toml::node& node, std::string_view right) {
  std::ostringstream type;
  type << node.type();
  problem(key, fmt::format("is a {}; it should be {}", type.str(), right));
}

template <class Value, class Parse>
std::optional<Value> ConfigTable::parsed(std::string_view key, std::string_view right, Parse parse) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::string>();
  if (!value) {
    wrong_type(key, *node, right);
    return std::nullopt;
  }
  auto result = parse(*value);
  if (!result) {
    problem(key, result.error().text);
    return std::nullopt;
  }
  return *result;
}

std::optional<std::string> ConfigTable::text(std::string_view key) {
  return parsed<std::string>(key, "text in quotes",
                             [](const std::string& value) { return Result<std::string>(value); });
}

std::string ConfigTable::text(std::string_view key, std::string_view fallback) {
  return text(key).value_or(std::string(fallback));
}

bool ConfigTable::flag(std::string_view key, bool fallback) {
  const toml::node* node = find(key);
  if (node == nullptr) return fallback;
  if (const auto value = node->value_exact<bool>()) return *value;
  wrong_type(key, *node, "true or false");
  return fallback;
}

std::int64_t ConfigTable::number(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<std::int64_t>();
  if (!value) {
    wrong_type(key, *node, fmt::format("a whole number from {} to {}", least, most));
    return fallback;
  }
  if (*value < least || *value > most) {
    problem(key, fmt::format("{} is out of range; it should be from {} to {}", *value, least, most));
    return fallback;
  }
  return *value;
}

std::optional<std::uint64_t> ConfigTable::size(std::string_view key) {
  if (const toml::node* node = table_ == nullptr ? nullptr : table_->get(key)) {
    if (const auto value = node->value_exact<std::int64_t>(); value && *value >= 0) {
      asked_.emplace(key);
      return static_cast<std::uint64_t>(*value);
    }
  }
  return parsed<std::uint64_t>(key, "a size such as \"500GiB\"",
                               [](const std::string& value) { return parse_size(value); });
}

std::optional<std::uint64_t> ConfigTable::rate(std::string_view key) {
  return parsed<std::uint64_t>(key, "a rate such as \"10Gbps\"",
                               [](const std::string& value) { return parse_rate(value); });
}

std::optional<std::chrono::milliseconds> ConfigTable::duration(std::string_view key) {
  return parsed<std::chrono::milliseconds>(key, "a duration such as \"20s\"",
                                           [](const std::string& value) { return parse_duration(value); });
}

std::vector<std::string> ConfigTable::texts(std::string_view key, std::vector<std::string> fallback,
                                            std::string_view right) {
  const toml::node* node = find(key);
  if (node == nullptr) return fallback;
  if (const auto value = node->value_exact<std::string>()) return {*value};
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, right);
    return fallback;
  }
  std::vector<std::string> values;
  for (const toml::node& element : *array) {
    if (const auto value = element.value_exact<std::string>()) {
      values.push_back(*value);
    } else {
      wrong_type(key, element, right);
    }
  }
  return values;
}

std::vector<std::pair<std::string, std::string>> ConfigTable::map(std::string_view key) {
  std::vector<std::pair<std::string, std::string>> values;
  const toml::node* node = find(key);
  if (node == nullptr) return values;
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    wrong_type(key, *node, "a table such as { \"a\" = \"b\" }");
    return values;
  }
  for (const auto& [name, element] : *table) {
    if (const auto value = element.value_exact<std::string>()) {
      values.emplace_back(std::string(name.str()), *value);
    } else {
      wrong_type(key, element, "a table of texts, such as { \"a\" = \"b\" }");
    }
  }
  return values;
}

ConfigTable ConfigTable::table(std::string_view key) {
  const toml::node* node = find(key);
  const toml::table* table = node == nullptr ? nullptr : node->as_table();
  if (node != nullptr && table == nullptr) wrong_type(key, *node, fmt::format("a table: [{}]", full(key)));
  return {table, full(key), problems_};
}

std::vector<ConfigTable> ConfigTable::tables(std::string_view key) {
  std::vector<ConfigTable> found;
  const toml::node* node = find(key);
  if (node == nullptr) return found;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, fmt::format("a list of tables: [[{}]]", full(key)));
    return found;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const toml::table* table = (*array)[i].as_table();
    if (table == nullptr) {
      wrong_type(key, (*array)[i], fmt::format("a list of tables: [[{}]]", full(key)));
    } else {
      found.emplace_back(table, fmt::format("{}[{}]", full(key), i), problems_);
    }
  }
  return found;
}

void ConfigTable::refuse_unknown_keys() {
  if (table_ == nullptr) return;
  for (const auto& [name, node] : *table_) {
    if (asked_.contains(name.str())) continue;
    std::string known;
    for (const std::string& key : asked_) known += (known.empty() ? "" : ", ") + key;
    problem(name.str(), fmt::format("there is no such key here; the keys are: {}", known));
  }
}

Result<toml::table> parse_toml(std::string_view text, std::string_view file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return fail(Errc::kInvalid, "{}:{}:{}: {}", file, error.source().begin.line, error.source().begin.column,
                error.description());
  }
}

Result<std::string> read_text_file(const std::string& path, std::uint64_t limit) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return fail(Errc::kInvalid, "{} is a folder; give the path of a file", path);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail_errno(errno, fmt::format("cannot open {}", path));
  std::string text;
  std::array<char, 64 << 10> part{};
  while (in && text.size() <= limit) {
    in.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return fail(Errc::kUnavailable, "cannot read {}", path);
  if (text.size() > limit) return fail(Errc::kInvalid, "{} is longer than {}", path, size_to_string(limit));
  return text;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double milliseconds;
  };
  constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1e3}, Unit{"m", 6e4}, Unit{"h", 3.6e6}, Unit{"d", 8.64e7}};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (name.starts_with(' ')) name.remove_prefix(1);
  if (error == std::errc{} && number >= 0) {
    for (const Unit& unit : kUnits) {
      if (unit.name != name) continue;
      const double value = number * unit.milliseconds;
      if (value > 1e14) return fail(Errc::kInvalid, "\"{}\" is too long", text);
      return std::chrono::milliseconds(std::llround(value));
    }
  }
  return fail(Errc::kInvalid, "\"{}\" is not a duration such as \"500ms\", \"20s\", \"5m\", \"12h\" or \"30d\"", text);
}

}  // namespace larder
