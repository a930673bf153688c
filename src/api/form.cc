#include "api/form.h"

#include <boost/json/value.hpp>

#include "core/json_pointer.h"
#include "ledger/time.h"

namespace larder::api {
namespace {

std::string joined(std::initializer_list<std::string_view> words) {
  std::string out;
  std::size_t i = 0;
  for (const std::string_view word : words) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += word;
    ++i;
  }
  return out;
}

}  // namespace

Form::Form(const boost::json::object& object, ledger::FieldProblems& problems, std::string at)
    : object_(object), problems_(problems), at_(std::move(at)) {}

bool Form::has(std::string_view name) const { return object_.contains(name); }

bool Form::is_null(std::string_view name) const {
  const auto* value = object_.if_contains(name);
  return value != nullptr && value->is_null();
}

const boost::json::value* Form::find(std::string_view name) {
  asked_.emplace(name);
  const auto* value = object_.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string Form::pointer(std::string_view name) const { return at_ + "/" + pointer_step(name); }

void Form::problem(std::string_view name, std::string detail, std::optional<std::string> suggestion) {
  problems_.add(pointer(name), std::move(detail), std::move(suggestion));
}

void Form::demand(std::string_view name) {
  if (find(name) == nullptr) problem(name, "it is missing");
}

std::optional<std::string> Form::text(std::string_view name, TextRule rule) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    problem(name, "it must be a text, in quotation marks");
    return std::nullopt;
  }
  const std::string_view found(value->get_string());
  if (auto wrong = ledger::text_problem(found, rule)) {
    problem(name, std::move(wrong->detail), std::move(wrong->suggestion));
    return std::nullopt;
  }
  return std::string(found);
}

std::string Form::demanded_text(std::string_view name, TextRule rule) {
  demand(name);
  return text(name, rule).value_or("");
}

std::optional<std::int64_t> Form::number(std::string_view name, std::int64_t least, std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const bool fits = value->is_int64() && value->get_int64() >= least && value->get_int64() <= most;
  if (fits) return value->get_int64();
  problem(name, fmt::format("it must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<bool> Form::flag(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->get_bool();
  problem(name, "it must be true or false");
  return std::nullopt;
}

std::optional<std::string> Form::word(std::string_view name, std::initializer_list<std::string_view> words) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    for (const std::string_view word : words) {
      if (word == std::string_view(value->get_string())) return std::string(word);
    }
  }
  problem(name, "it must be " + joined(words));
  return std::nullopt;
}

std::string Form::demanded_word(std::string_view name, std::initializer_list<std::string_view> words) {
  if (find(name) == nullptr) problem(name, "it is missing: " + joined(words));
  return word(name, words).value_or("");
}

std::optional<std::int64_t> Form::time(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    if (const auto ms = ledger::parse_time(value->get_string())) return *ms;
  }
  problem(name, "it must be a time like 2026-11-21T04:50:00Z");
  return std::nullopt;
}

const boost::json::object* Form::object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->is_object()) return &value->get_object();
  problem(name, "it must be an object, in braces");
  return nullptr;
}

const boost::json::array* Form::array(std::string_view name, std::size_t most) {
  const auto* value = find(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    problem(name, "it must be a list, in square brackets");
    return nullptr;
  }
  if (value->get_array().size() > most) {
    problem(name, fmt::format("{} entries at most, these are {}", most, value->get_array().size()));
    return nullptr;
  }
  return &value->get_array();
}

std::optional<std::vector<std::string>> Form::texts(std::string_view name, std::size_t most, TextRule rule) {
  const auto* list = array(name, most);
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> all;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& entry = (*list)[i];
    if (problems_.full() && !entry.is_string()) {
      problems_.add_unlisted();
      break;
    }
    const std::string at = fmt::format("{}/{}", pointer(name), i);
    if (!entry.is_string()) {
      problems_.add(at, "it must be a text, in quotation marks");
      continue;
    }
    if (auto wrong = ledger::text_problem(entry.get_string(), rule)) {
      problems_.add(at, std::move(wrong->detail), std::move(wrong->suggestion));
      continue;
    }
    all.emplace_back(entry.get_string());
  }
  return all;
}

void Form::refuse_unknown() {
  for (const auto& member : object_) {
    if (asked_.contains(std::string_view(member.key()))) continue;
    if (problems_.full()) return problems_.add_unlisted();
    problem(member.key(), "there is no such member here");
  }
}

}  // namespace larder::api
