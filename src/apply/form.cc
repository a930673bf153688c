#include "apply/form.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/shown.h"

namespace larder::apply {
namespace {

constexpr std::size_t kShown = 80;  // bytes of a wrong text that are said again

bool is_scalar(YamlKind kind) { return kind != YamlKind::kList && kind != YamlKind::kMap; }

}  // namespace

std::string_view to_string(YamlKind kind) {
  switch (kind) {
    case YamlKind::kNull: return "nothing";
    case YamlKind::kFlag: return "true or false";
    case YamlKind::kNumber: return "a whole number";
    case YamlKind::kOtherNumber: return "a number that is not whole";
    case YamlKind::kText: return "a text";
    case YamlKind::kList: return "a list";
    case YamlKind::kMap: return "a map";
  }
  return "";
}

const std::string* text_of(const YamlValue& value, const std::string& key, Mistakes& mistakes) {
  if (value.kind == YamlKind::kText) return &value.text;
  const bool needs_quotes = is_scalar(value.kind) && value.kind != YamlKind::kNull;
  mistakes.add(value.line, key,
               needs_quotes ? fmt::format("it must be a text: put it in quotes, \"{}\"", shown(value.text, kShown))
                            : fmt::format("it must be a text, and is {}", to_string(value.kind)));
  return nullptr;
}

Form::Form(const YamlValue& value, std::string at, Mistakes& mistakes)
    : value_(value), at_(std::move(at)), mistakes_(mistakes) {
  if (value.kind == YamlKind::kMap) return;
  mistakes_.add(value.line, at_, fmt::format("it must be a map (name: value), and is {}", to_string(value.kind)));
}

std::string Form::key(std::string_view name) const {
  return at_.empty() ? std::string(name) : fmt::format("{}.{}", at_, name);
}

void Form::wrong(const YamlValue& value, std::string_view name, std::string text) {
  mistakes_.add(value.line, key(name), std::move(text));
}

void Form::missing(std::string_view name, std::string_view example) {
  if (value_.kind == YamlKind::kMap) mistakes_.add(value_.line, key(name), fmt::format("it is missing: {}", example));
}

const YamlValue* Form::find(std::string_view name) {
  asked_.emplace_back(name);
  const auto found = std::ranges::find(value_.members, name, &YamlValue::Member::name);
  return found == value_.members.end() ? nullptr : found->value.get();
}

bool Form::is_null(std::string_view name) {
  const YamlValue* value = find(name);
  return value != nullptr && value->kind == YamlKind::kNull;
}

const YamlValue* Form::of_kind(std::string_view name, YamlKind kind, std::string_view example) {
  const YamlValue* value = find(name);
  if (value == nullptr || value->kind == kind) return value;
  wrong(*value, name, fmt::format("it must be {}{}, and is {}", to_string(kind), example, to_string(value->kind)));
  return nullptr;
}

const YamlValue* Form::list(std::string_view name) { return of_kind(name, YamlKind::kList, " ([] is an empty one)"); }
const YamlValue* Form::map(std::string_view name) { return of_kind(name, YamlKind::kMap, " ({} is an empty one)"); }

std::optional<std::string> Form::text(std::string_view name) {
  const YamlValue* value = find(name);
  const std::string* text = value == nullptr ? nullptr : text_of(*value, key(name), mistakes_);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::string Form::demanded_text(std::string_view name) {
  const YamlValue* value = find(name);
  if (value == nullptr) {
    missing(name, "write it as a text");
    return "";
  }
  auto found = text(name);
  if (found && found->empty()) wrong(*value, name, "it must not be empty");
  return found.value_or("");
}

std::optional<std::int64_t> Form::number(std::string_view name, std::int64_t least, std::int64_t most) {
  const YamlValue* value = of_kind(name, YamlKind::kNumber, "");
  if (value == nullptr) return std::nullopt;
  if (value->number >= least && value->number <= most) return value->number;
  wrong(*value, name, fmt::format("{} is not a number from {} to {}", value->number, least, most));
  return std::nullopt;
}

std::optional<bool> Form::flag(std::string_view name) {
  const YamlValue* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->kind == YamlKind::kFlag) return value->text.front() == 't' || value->text.front() == 'T';
  wrong(*value, name, fmt::format("it must be true or false, and is {}", to_string(value->kind)));
  return std::nullopt;
}

std::optional<std::string> Form::word(std::string_view name, std::initializer_list<std::string_view> words) {
  auto found = text(name);
  if (!found || std::ranges::find(words, *found) != words.end()) return found;
  wrong(*find(name), name, fmt::format("\"{}\" is not one of {}", shown(*found, kShown), fmt::join(words, ", ")));
  return std::nullopt;
}

void Form::refuse_unknown() {
  for (const YamlValue::Member& member : value_.members) {
    if (std::ranges::find(asked_, member.name) != asked_.end()) continue;
    std::vector<std::string> known = asked_;
    std::ranges::sort(known);
    known.erase(std::unique(known.begin(), known.end()), known.end());
    mistakes_.add(member.line, key(shown(member.name, kShown)),
                  fmt::format("it is not known here; known are: {}", fmt::join(known, ", ")));
  }
}

}  // namespace larder::apply
