// ConfigReader: reads a TOML file into checked values and collects every mistake, by key and line.
//
// A program describes its keys by asking for them; what was never asked for is an unknown key, and so an error
// (a typing error in a config must not be silently passed over).
//
// Threads    one.
// Source     https://toml.io/en/v1.0.0
#pragma once

#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace larder {

struct ConfigProblem {
  std::string key;    // "drive[1].size"
  unsigned line = 0;  // 0: the file has no such line
  std::string text;   // what is wrong and what would be right
};

/// "larder.toml:12: drive[1].size: ..." for each problem, one a line.
std::string to_string(const std::vector<ConfigProblem>& problems, std::string_view file);

// ConfigTable: one table of the file. Every getter returns the fallback (or nothing) and notes a problem if the
// value has the wrong type or does not parse.
class ConfigTable {
 public:
  ConfigTable(const toml::table* table, std::string path, std::vector<ConfigProblem>* problems);

  std::optional<std::string> text(std::string_view key);
  std::string text(std::string_view key, std::string_view fallback);
  bool flag(std::string_view key, bool fallback);
  /// A whole number in [least, most].
  std::int64_t number(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most);
  /// "64 MiB": core/bytes.h. A bare number is bytes.
  std::optional<std::uint64_t> size(std::string_view key);
  std::optional<std::uint64_t> rate(std::string_view key);
  /// "500ms", "20s", "5m", "12h", "30d"; a bare number is refused, as its unit would be a guess.
  std::optional<std::chrono::milliseconds> duration(std::string_view key);
  /// A list of strings, or one string. `right` is what a problem says it should be.
  std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback = {},
                                 std::string_view right = "a list of texts, such as [\"a\", \"b\"]");
  /// `{ "a" = "b" }`, in the file's order of keys.
  std::vector<std::pair<std::string, std::string>> map(std::string_view key);

  /// Sub-table `key`; an empty one if it is not there.
  ConfigTable table(std::string_view key);
  /// `[[key]]` tables in order.
  std::vector<ConfigTable> tables(std::string_view key);

  bool has(std::string_view key) const;
  /// Whether `key` is there as true or false, for keys that may also be something else.
  bool is_flag(std::string_view key) const;
  /// Where `key` stands in the file, or where it would belong; 0: the file has no such line.
  unsigned line_of(std::string_view key) const;
  /// Notes a problem with `key` that only the caller can see.
  void problem(std::string_view key, std::string text);
  /// Notes every key that nobody asked for. Call it last.
  void refuse_unknown_keys();

 private:
  const toml::node* find(std::string_view key);
  std::string full(std::string_view key) const;
  void wrong_type(std::string_view key, const toml::node& node, std::string_view right);
  template <class Value, class Parse>
  std::optional<Value> parsed(std::string_view key, std::string_view right, Parse parse);

  const toml::table* table_;  // null: nothing is there
  std::string path_;
  std::vector<ConfigProblem>* problems_;
  std::set<std::string, std::less<>> asked_;
};

/// Parses TOML. Errors: kInvalid, with line and column of what cannot be read.
Result<toml::table> parse_toml(std::string_view text, std::string_view file);
/// Errors: kNotFound, kRefused, kInvalid, each naming the file.
Result<std::string> read_text_file(const std::string& path, std::uint64_t limit = 16 << 20);
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace larder
