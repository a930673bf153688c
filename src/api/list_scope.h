// What a list is narrowed to: by the caller's organisations, and by parameters of the query.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace larder::api {

/// The query parameter `name`, which must be one of `words`; noted if it is another one.
std::optional<std::string> word_parameter(const Request& request, std::string_view name,
                                          std::initializer_list<std::string_view> words,
                                          ledger::FieldProblems& problems);

/// The caller's organisations; nullopt: all (an administrator).
std::optional<std::vector<std::string>> visible_organisations(const Call& call);

}  // namespace larder::api
