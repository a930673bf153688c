#include "api/list_scope.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace larder::api {

std::optional<std::string> word_parameter(const Request& request, std::string_view name,
                                          std::initializer_list<std::string_view> words,
                                          ledger::FieldProblems& problems) {
  auto given = request.parameter(name);
  if (!given || std::ranges::find(words, *given) != words.end()) return given;
  problems.add(fmt::format("?{}", name), fmt::format("it must be one of {}", fmt::join(words, ", ")));
  return std::nullopt;
}

std::optional<std::vector<std::string>> visible_organisations(const Call& call) {
  if (call.caller().admin) return std::nullopt;
  std::vector<std::string> ids;
  for (const auto& [id, role] : call.caller().roles) ids.push_back(id);
  return ids;
}

}  // namespace larder::api
