// Command: a command of `larder`: command_line::Command, whose action is given a Context.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cli/failure.h"
#include "command_line/command.h"

namespace larder::cli {

class Context;

using command_line::CommandLine;
using command_line::Words;

class Command : public command_line::Command {
 public:
  /// `context` must outlive the parsing and what comes of it.
  Command(command_line::Command command, Context& context) : command_line::Command(command), context_(&context) {}

  Command add(std::string name, std::string description) {
    return {command_line::Command::add(std::move(name), std::move(description)), *context_};
  }
  void runs(std::function<Result<>(Context&)> action) {
    command_line::Command::runs([context = context_, action = std::move(action)] { return action(*context); });
  }

 private:
  Context* context_;
};

// A command, and what its options are parsed into.
template <class Options>
struct Added {
  Command command;
  std::shared_ptr<Options> options;
};

/// A command below `noun` that runs `run` with its options.
template <class Options>
Added<Options> add(Command noun, std::string name, std::string description, Result<> (*run)(Context&, const Options&)) {
  auto options = std::make_shared<Options>();
  Command command = noun.add(std::move(name), std::move(description));
  command.runs([options, run](Context& context) { return run(context, *options); });
  return {command, options};
}

}  // namespace larder::cli
