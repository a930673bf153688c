// Form: reads the members of a map of a file into checked values, and notes every mistake with its line and key.
//
//     Form form(value, "resources[0]", mistakes);
//     const auto name = form.demanded_text("name");
//     form.refuse_unknown();
//
// A getter gives nullopt if the member is absent or wrong (noted).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/mistakes.h"
#include "apply/yaml_value.h"

namespace larder::apply {

/// "a text", "a list": what a value of this kind is called.
std::string_view to_string(YamlValue::Kind kind);

class Form {
 public:
  /// All must outlive it. `at`: the key of `value`; "" of the whole file.
  Form(const YamlValue& value, std::string at, Mistakes& mistakes);

  /// The member as it is; nullptr if it is absent.
  const YamlValue* find(std::string_view name);
  /// That, if it is a list; else noted.
  const YamlValue* list(std::string_view name);
  const YamlValue* map(std::string_view name);
  std::optional<std::string> text(std::string_view name);
  std::string demanded_text(std::string_view name);  // "" if wrong, or missing (noted)
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<bool> flag(std::string_view name);
  std::optional<std::string> word(std::string_view name, std::initializer_list<std::string_view> words);

  bool is_null(std::string_view name);  // there, and null
  void wrong(const YamlValue& value, std::string_view name, std::string text);
  void missing(std::string_view name, std::string_view example);
  std::string key(std::string_view name) const;
  std::size_t line() const { return value_.line; }
  /// Notes members that nobody asked for. Call it last.
  void refuse_unknown();

 private:
  const YamlValue* of_kind(std::string_view name, YamlValue::Kind kind, std::string_view example);

  const YamlValue& value_;
  std::string at_;
  Mistakes& mistakes_;
  std::vector<std::string> asked_;
};

/// The text of a scalar that must be one; nullptr, and noted, if it is of another kind.
const std::string* text_of(const YamlValue& value, const std::string& key, Mistakes& mistakes);

}  // namespace larder::apply
