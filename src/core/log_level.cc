#include "core/log_level.h"

namespace larder {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "error";
}

Result<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
    if (text == to_string(level)) return level;
  }
  return fail(Errc::kInvalid, "\"{}\" is not a log level; the levels are debug, info, warning, error", text);
}

}  // namespace larder
