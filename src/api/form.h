// Form: reads the members of a JSON body into checked values and notes every mistake by its pointer.
//
//     Form form(call.body, problems);
//     const auto name = form.text("name", {.least = 1, .most = 90});
//     form.refuse_unknown();
//     TRY_VOID(problems.verdict());
//
// A getter gives nullopt if the member is absent (noted if it is demanded) or wrong (noted).
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/problem.h"
#include "ledger/text_gate.h"

namespace larder::api {

using ledger::TextRule;
using ledger::TextShape;

/// The name of what is to be deleted, typed once more.
constexpr TextRule kConfirmation = {.least = 1, .shape = TextShape::kTyped};
constexpr TextRule kPassword = {.least = 1, .most = 1000, .shape = TextShape::kSecret};

class Form {
 public:
  /// Both must outlive it. `at`: the pointer of `object` in the body.
  Form(const boost::json::object& object, ledger::FieldProblems& problems, std::string at = "");

  bool has(std::string_view name) const;
  bool is_null(std::string_view name) const;  // there, and null

  std::optional<std::string> text(std::string_view name, TextRule rule = {});
  std::string demanded_text(std::string_view name, TextRule rule = {.least = 1});  // "" if wrong
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<bool> flag(std::string_view name);
  /// One of `words`.
  std::optional<std::string> word(std::string_view name, std::initializer_list<std::string_view> words);
  std::string demanded_word(std::string_view name, std::initializer_list<std::string_view> words);
  /// Milliseconds since 1970 of an RFC 3339 time.
  std::optional<std::int64_t> time(std::string_view name);
  /// The member as it is; nullptr if it is absent or null.
  const boost::json::value* value(std::string_view name) { return find(name); }
  const boost::json::object* object(std::string_view name);
  const boost::json::array* array(std::string_view name, std::size_t most);
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t most, TextRule rule = {});

  void problem(std::string_view name, std::string detail, std::optional<std::string> suggestion = std::nullopt);
  std::string pointer(std::string_view name) const;
  /// Notes members that nobody asked for. Call it last.
  void refuse_unknown();

 private:
  const boost::json::value* find(std::string_view name);
  void demand(std::string_view name);

  const boost::json::object& object_;
  ledger::FieldProblems& problems_;
  std::string at_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace larder::api
