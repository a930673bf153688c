#include "command_line/failure.h"

#include <boost/json/array.hpp>

namespace larder::command_line {

boost::json::value failure_json(const Failure& failure) {
  boost::json::object error = {{"exit_code", static_cast<int>(failure.code)},
                               {"text", failure.text},
                               {"lines", boost::json::array(failure.lines.begin(), failure.lines.end())},
                               {"problem", nullptr}};
  if (!failure.problem.empty()) error["problem"] = failure.problem;
  for (const auto& member : failure.details) error[member.key()] = member.value();
  return {{"error", std::move(error)}};
}

}  // namespace larder::command_line
