#include "core/log_config.h"

#include "core/log.h"

namespace larder {

LogConfig read_log_config(ConfigTable table) {
  LogConfig config;
  config.target = table.text("target", config.target);
  if (auto named = Log::check_name(config.target); !named) table.problem("target", named.error().text);
  const auto level = parse_level(table.text("level", "info"));
  if (level) {
    config.level = *level;
  } else {
    table.problem("level", level.error().text);
  }
  table.refuse_unknown_keys();
  return config;
}

std::string read_optional_log_target(ConfigTable& table) {
  std::string target = table.text("target", "off");
  if (target == "off") return target;
  if (auto named = Log::check_name(target); !named) table.problem("target", named.error().text + ", or \"off\"");
  return target;
}

}  // namespace larder
