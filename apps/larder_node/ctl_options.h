// CtlOptions: the subcommand `ctl` of larder-node: its words, and what they come to.
//
// Threads    one.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "core/result.h"
#include "node/ctl.h"

namespace larder {

class CtlOptions {
 public:
  /// Adds the subcommand. `app` and this must live while it parses.
  void add_to(CLI::App& app);
  /// Whether the command line had it.
  bool is_given() const { return ctl_ != nullptr && ctl_->parsed(); }
  /// Asks the node that `config_file` (or --socket) names, and prints. The exit code. Errors: the node cannot be asked.
  Result<int> run(const std::string& config_file) const;

 private:
  CLI::App* verb(const char* name, const char* help, node::CtlVerb verb);

  void add_purge();

  CLI::App* ctl_ = nullptr;
  std::string socket_;
  node::CtlCommand command_;
};

}  // namespace larder
