#include "apply/yaml_writer.h"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "apply/yaml_value.h"
#include "core/check.h"
#include "core/code_points.h"
#include "core/utf8.h"

namespace larder::apply {
namespace {

namespace json = boost::json;

// What YAML 1.1 reads as a flag, as other programs still do.
bool is_old_flag(std::string_view text) {
  constexpr std::array<std::string_view, 16> kWords = {"y",  "Y",  "yes", "Yes", "YES", "n",   "N",   "no",
                                                       "No", "NO", "on",  "On",  "ON",  "off", "Off", "OFF"};
  return std::ranges::find(kWords, text) != kWords.end();
}

// "03:00", "190:20:30", "1_000" and dates are numbers and times to YAML 1.1; addresses are not.
bool looks_like_number(std::string_view text) {
  return !text.empty() && std::ranges::count(text, '.') < 2 &&
         std::ranges::all_of(
             text,
             [](char c) {
               return (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '-' || c == '+' || c == '.' || c == ',';
             });
}

yaml_scalar_style_t style_of(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  const bool is_text = kind_of_plain(text) == YamlValue::Kind::kText && !is_old_flag(text) && text != "<<";
  return is_text && !looks_like_number(text) ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

// Whether a terminal may be shown it: nothing in it hides or rearranges text.
bool is_calm(std::string_view text) {
  while (!text.empty()) {
    const char32_t point = take_point(text);
    if (point != '\n' && is_unprintable(point)) return false;
  }
  return true;
}

// Feeds libyaml's emitter, which writes into a text.
class YamlWriter {
 public:
  explicit YamlWriter(bool in_ascii) {
    CHECK(yaml_emitter_initialize(&emitter_) != 0, "there is memory for an emitter");
    yaml_emitter_set_output(
        &emitter_,
        [](void* out, unsigned char* bytes, std::size_t size) {
          static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
          return 1;
        },
        &out_);
    yaml_emitter_set_unicode(&emitter_, in_ascii ? 0 : 1);
    yaml_emitter_set_width(&emitter_, -1);
  }
  ~YamlWriter() { yaml_emitter_delete(&emitter_); }
  YamlWriter(const YamlWriter&) = delete;
  YamlWriter& operator=(const YamlWriter&) = delete;

  std::string write(const json::value& value) {
    yaml_event_t event;
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    emit(event);
    yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1);
    emit(event);
    add(value);
    yaml_document_end_event_initialize(&event, 1);
    emit(event);
    yaml_stream_end_event_initialize(&event);
    emit(event);
    return std::move(out_);
  }

 private:
  void emit(yaml_event_t& event) { CHECK(yaml_emitter_emit(&emitter_, &event) != 0, "libyaml writes any event"); }

  void add(const json::value& value) {
    if (const auto* list = value.if_array()) return add(*list);
    if (const auto* object = value.if_object()) return add(*object);
    if (const auto* text = value.if_string()) return add(std::string_view(*text), style_of(*text));
    add(json::serialize(value), YAML_PLAIN_SCALAR_STYLE);
  }

  void add(const json::array& list) {
    yaml_event_t event;
    yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE);
    emit(event);
    for (const json::value& item : list) add(item);
    yaml_sequence_end_event_initialize(&event);
    emit(event);
  }

  void add(const json::object& object) {
    yaml_event_t event;
    yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE);
    emit(event);
    for (const auto& member : object) {
      add(std::string_view(member.key()), style_of(member.key()));
      add(member.value());
    }
    yaml_mapping_end_event_initialize(&event);
    emit(event);
  }

  void add(std::string_view text, yaml_scalar_style_t style) {
    yaml_event_t event;
    const int is_written = yaml_scalar_event_initialize(&event, nullptr, nullptr,
                                                        reinterpret_cast<yaml_char_t*>(const_cast<char*>(text.data())),
                                                        static_cast<int>(text.size()), 1, 1, style);
    CHECK(is_written != 0, "a text is UTF-8");
    emit(event);
  }

  yaml_emitter_t emitter_ = {};
  std::string out_;
};

}  // namespace

std::string yaml_text(const json::value& value) {
  std::string text = YamlWriter(false).write(value);
  return is_calm(text) ? text : YamlWriter(true).write(value);
}

}  // namespace larder::apply
