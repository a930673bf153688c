// YamlValue: one value of a YAML document, with its line. What an alias stands for is shared, not copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace larder::apply {

struct YamlValue {
  enum class Kind {
    kNull,
    kFlag,         // true, false
    kNumber,       // whole, and without zeros in front
    kOtherNumber,  // what YAML takes for a number too: 1.5, 0x1F, 007
    kText,
    kList,
    kMap,
  };
  struct Member;

  Kind kind = Kind::kNull;
  std::string text;         // as it is written; "" of a list or map
  std::int64_t number = 0;  // of kNumber
  std::vector<std::shared_ptr<const YamlValue>> items;
  std::vector<Member> members;
  std::size_t line = 1;
  std::size_t size = 1;  // values in it, itself among them, with all that aliases stand for
};

using YamlKind = YamlValue::Kind;
using YamlPointer = std::shared_ptr<const YamlValue>;

struct YamlValue::Member {
  std::string name;
  std::size_t line = 1;
  YamlPointer value;
};

/// What a text without quotes is. Source: YAML 1.2, section 10.3 (core schema).
YamlValue::Kind kind_of_plain(std::string_view text);

}  // namespace larder::apply
