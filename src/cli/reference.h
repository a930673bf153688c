// What both the help and the manual page say beside commands and options: variables and exit codes.
#pragma once

#include <array>
#include <string_view>

namespace larder::cli {

struct Variable {
  std::string_view name;
  std::string_view meaning;
};
inline constexpr std::array<Variable, 4> kVariables = {
    {{"LARDER_PORTAL", "the portal, before the one signed in to last"},
     {"LARDER_TOKEN", "the API token, before the one that signing in left: for scripts"},
     {"LARDER_PASSWORD", "the password in force, for login --email and account"},
     {"NO_COLOR", "no colours"}}};

inline constexpr std::array<std::string_view, 9> kExitMeanings = {"done",
                                                                  "wrong here: the command line, a file",
                                                                  "refused, with the options that are wrong",
                                                                  "not signed in",
                                                                  "not allowed",
                                                                  "not there",
                                                                  "conflict",
                                                                  "the portal cannot be reached, or fails",
                                                                  "`node wait` ran out of time"};

}  // namespace larder::cli
