#include "node/configured_drives.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/config_reader.h"
#include "storage/known_drives.h"
#include "storage/slice_store.h"

namespace larder::node {

Result<std::string> check_drives(const NodeConfig& config, std::string_view file, storage::Disk& disk) {
  std::vector<ConfigProblem> mistakes;
  std::vector<ConfigProblem> others;
  for (storage::DriveProblem& problem : storage::check_drives(config.drives, disk, config.state)) {
    const DriveLines& lines = config.drive_lines.at(problem.drive);
    const bool is_mistake = problem.kind == storage::DriveProblem::Kind::kMistake;
    (is_mistake ? mistakes : others)
        .push_back({fmt::format("drive[{}].{}", problem.drive, problem.key),
                    problem.key == "size" ? lines.size : lines.path,
                    fmt::format("drive {}: {}", config.drives[problem.drive].path, problem.text)});
  }
  for (const storage::DriveConfig& drive : config.drives) {
    const std::string folder = drive.path.ends_with('/') ? drive.path : drive.path + "/";
    if (config.state.empty() || !(config.state + "/").starts_with(folder)) continue;
    mistakes.push_back(
        {"node.state", config.state_line,
         fmt::format("it lies in drive {}, and is gone when that is; give a folder on the system's disk", drive.path)});
  }
  if (auto state = config.state.empty() ? Result<>() : storage::KnownDrives::check(disk, config.state); !state) {
    others.push_back(
        {"node.state", config.state_line, "which drives the node has cannot be noted: " + state.error().text});
  }
  if (mistakes.empty()) return to_string(others, file);
  std::string lines = to_string(mistakes, file);
  lines.pop_back();
  return fail(Errc::kInvalid, "{}", lines);
}

}  // namespace larder::node
