// LogConfig: the tables of a configuration that say where a log goes.
#pragma once

#include <string>

#include "core/config_reader.h"
#include "core/log_level.h"

namespace larder {

struct LogConfig {
  std::string target = "stderr";  // log.h
  Level level = Level::kInfo;
};

/// [log]: `target` and `level`.
LogConfig read_log_config(ConfigTable table);
/// The key `target`, which may also be "off", and is that if it is not there.
std::string read_optional_log_target(ConfigTable& table);

}  // namespace larder
