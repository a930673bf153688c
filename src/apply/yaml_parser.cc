#include "apply/yaml_parser.h"

#include <fmt/format.h>
#include <yaml.h>

#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace larder::apply {
namespace {

template <class T = void>
using Parsed = Result<T, Mistake>;

std::unexpected<Mistake> wrong(std::size_t line, std::string text) {
  return std::unexpected(Mistake(line, "", std::move(text)));
}

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? "" : std::string_view(reinterpret_cast<const char*>(text));
}

// An event of libyaml, freed with this.
class YamlEvent {
 public:
  YamlEvent() = default;
  ~YamlEvent() { yaml_event_delete(&event_); }
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;

  yaml_event_t* get() { return &event_; }
  yaml_event_type_t type() const { return event_.type; }
  const yaml_event_t& operator*() const { return event_; }
  std::size_t line() const { return event_.start_mark.line + 1; }

  std::string_view anchor() const {
    switch (event_.type) {
      case YAML_SCALAR_EVENT: return view(event_.data.scalar.anchor);
      case YAML_SEQUENCE_START_EVENT: return view(event_.data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT: return view(event_.data.mapping_start.anchor);
      case YAML_ALIAS_EVENT: return view(event_.data.alias.anchor);
      default: return "";
    }
  }
  std::string_view tag() const {
    switch (event_.type) {
      case YAML_SCALAR_EVENT: return view(event_.data.scalar.tag);
      case YAML_SEQUENCE_START_EVENT: return view(event_.data.sequence_start.tag);
      case YAML_MAPPING_START_EVENT: return view(event_.data.mapping_start.tag);
      default: return "";
    }
  }

 private:
  yaml_event_t event_ = {};
};

// Builds values of events. Recursion goes as deep as kMostDepth.
class YamlComposer {
 public:
  explicit YamlComposer(std::string_view text) {
    is_ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!is_ready_) return;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~YamlComposer() {
    if (is_ready_) yaml_parser_delete(&parser_);
  }
  YamlComposer(const YamlComposer&) = delete;
  YamlComposer& operator=(const YamlComposer&) = delete;

  Parsed<YamlPointer> document() {
    if (!is_ready_) return wrong(1, "there is not enough memory to read it");
    YamlEvent event;
    TRY_VOID(next(event));  // the stream's beginning
    YamlEvent first;
    TRY_VOID(next(first));
    if (first.type() == YAML_STREAM_END_EVENT) return std::make_shared<const YamlValue>();
    YamlEvent root;
    TRY_VOID(next(root));
    TRY(auto value, compose(root, 1));
    YamlEvent end;
    TRY_VOID(next(end));
    YamlEvent last;
    TRY_VOID(next(last));
    if (last.type() != YAML_STREAM_END_EVENT) return wrong(last.line(), "a second document begins: write one only");
    return value;
  }

 private:
  Parsed<> next(YamlEvent& event) {
    if (yaml_parser_parse(&parser_, event.get()) != 0) return {};
    const bool has_mark = parser_.error != YAML_READER_ERROR && parser_.error != YAML_MEMORY_ERROR;
    const std::size_t line = has_mark ? parser_.problem_mark.line : parser_.mark.line;
    const std::string_view problem = parser_.problem == nullptr ? "it cannot be read" : parser_.problem;
    const std::string_view context = parser_.context == nullptr ? "" : parser_.context;
    return wrong(line + 1, fmt::format("not YAML: {}{}{}", problem, context.empty() ? "" : " ", context));
  }

  Parsed<YamlPointer> compose(const YamlEvent& event, std::size_t depth) {
    if (event.type() == YAML_ALIAS_EVENT) return alias(event);
    if (depth > kMostDepth) return wrong(event.line(), fmt::format("it is nested deeper than {} levels", kMostDepth));
    TRY_VOID(count(event.line(), 1));
    if (!event.tag().empty()) {
      return wrong(event.line(),
                   fmt::format("the tag {} is not supported: leave it out, texts may be put in quotes", event.tag()));
    }
    const std::string anchor(event.anchor());
    if (!anchor.empty()) anchors_.insert_or_assign(anchor, nullptr);  // until all of it is known
    auto value = std::make_shared<YamlValue>();
    value->line = event.line();
    if (event.type() == YAML_SEQUENCE_START_EVENT) {
      TRY_VOID(fill_list(*value, depth));
    } else if (event.type() == YAML_MAPPING_START_EVENT) {
      TRY_VOID(fill_map(*value, depth));
    } else {
      fill_scalar(*value, (*event).data.scalar.style == YAML_PLAIN_SCALAR_STYLE, text_of(event));
    }
    if (!anchor.empty()) anchors_[anchor] = value;
    return value;
  }

  Parsed<YamlPointer> alias(const YamlEvent& event) {
    const auto found = anchors_.find(event.anchor());
    if (found == anchors_.end()) {
      return wrong(event.line(), fmt::format("*{0} stands for nothing: there is no &{0} before it", event.anchor()));
    }
    if (found->second == nullptr) return wrong(event.line(), fmt::format("*{} lies within itself", event.anchor()));
    if (++alias_count_ > kMostAliases) return wrong(event.line(), fmt::format("{} aliases at most", kMostAliases));
    TRY_VOID(count(event.line(), found->second->size));
    return found->second;
  }

  Parsed<> count(std::size_t line, std::size_t more) {
    value_count_ += more;
    if (value_count_ <= kMostValues) return {};
    return wrong(line, fmt::format("{} values at most, with all that aliases stand for", kMostValues));
  }

  Parsed<> fill_list(YamlValue& list, std::size_t depth) {
    list.kind = YamlValue::Kind::kList;
    for (;;) {
      YamlEvent event;
      TRY_VOID(next(event));
      if (event.type() == YAML_SEQUENCE_END_EVENT) return {};
      TRY(auto item, compose(event, depth + 1));
      list.size += item->size;
      list.items.push_back(std::move(item));
    }
  }

  Parsed<> fill_map(YamlValue& map, std::size_t depth) {
    map.kind = YamlValue::Kind::kMap;
    std::map<std::string, std::size_t, std::less<>> lines;
    for (;;) {
      YamlEvent key;
      TRY_VOID(next(key));
      if (key.type() == YAML_MAPPING_END_EVENT) return {};
      TRY(const std::string name, key_of(key));
      TRY_VOID(count(key.line(), 1));
      const auto [known, is_new] = lines.emplace(name, key.line());
      if (!is_new) {
        return wrong(key.line(), fmt::format("the key {} is given twice: line {} has it too", name, known->second));
      }
      YamlEvent event;
      TRY_VOID(next(event));
      TRY(auto value, compose(event, depth + 1));
      map.size += value->size + 1;
      map.members.push_back({name, key.line(), std::move(value)});
    }
  }

  static Parsed<std::string> key_of(const YamlEvent& key) {
    if (key.type() != YAML_SCALAR_EVENT) return wrong(key.line(), "a key must be a text, such as name");
    if (!key.tag().empty() || !key.anchor().empty()) return wrong(key.line(), "a key has no tag and no anchor");
    if (text_of(key) == "<<") return wrong(key.line(), "<< is not supported: write the keys out");
    return text_of(key);
  }

  static std::string text_of(const YamlEvent& event) {
    const auto& scalar = (*event).data.scalar;
    return {reinterpret_cast<const char*>(scalar.value), scalar.length};
  }

  static void fill_scalar(YamlValue& value, bool is_plain, std::string text) {
    value.kind = is_plain ? kind_of_plain(text) : YamlValue::Kind::kText;
    if (value.kind == YamlValue::Kind::kNumber) {
      std::from_chars(text.data(), text.data() + text.size(), value.number);
    }
    value.text = std::move(text);
  }

  yaml_parser_t parser_ = {};
  bool is_ready_ = false;
  std::map<std::string, YamlPointer, std::less<>> anchors_;
  std::size_t alias_count_ = 0;
  std::size_t value_count_ = 0;
};

}  // namespace

Result<YamlPointer, Mistake> parse_yaml(std::string_view text) {
  if (text.size() > kMostBytes) return wrong(1, fmt::format("it is over {} MiB", kMostMebibytes));
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return YamlComposer(text).document();
}

}  // namespace larder::apply
