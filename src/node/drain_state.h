// DrainState: whether the operator has drained this node: it says so, that nobody sends it new clients, and serves all
// who come as before.
//
// Where the node has a folder for what it remembers, this outlives a restart.
//
// Threads    any.
// Crash      it is as it was before a set(), or after it.
// Source     docs/formats/drain.md.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/log.h"
#include "core/result.h"
#include "storage/disk.h"

namespace larder::node {

class DrainState {
 public:
  static constexpr std::string_view kFile = "drain.json";

  /// `folder`: node.state of the configuration; "": it is not kept. A file that cannot be read is told in the log, and
  /// the node is not drained. `disk` must outlive it.
  DrainState(storage::Disk& disk, std::string folder, Log& log);

  /// Since when it is drained; nothing: it is not.
  std::optional<WallTime> since() const;
  /// Whether it outlives a restart.
  bool is_kept() const { return !folder_.empty(); }
  /// Blocks. Drained already: `since` stays. Errors: it is in force, and could not be written down.
  Result<> set(bool drained, WallTime now);

  /// The file. Errors: kCorrupt, saying what is wrong.
  static Result<std::optional<WallTime>> parse(std::string_view text);
  static std::string serialize(std::optional<WallTime> since);

 private:
  Result<std::optional<WallTime>> read();
  Result<> write(std::optional<WallTime> since);

  storage::Disk& disk_;
  const std::string folder_;
  std::mutex writing_;
  mutable std::mutex mutex_;
  std::optional<WallTime> since_;
};

}  // namespace larder::node
