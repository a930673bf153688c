// Program: a real program under test, started in a process of its own and always ended with this object.
//
// Owns       the process. What it prints goes to a file.
// Threads    one, and it must outlive the program: Linux ends the program with the thread that started it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace larder::support {

class Program {
 public:
  /// Starts command[0] with the other words as arguments; its output and errors go to the file `output`.
  Program(std::vector<std::string> command, std::string output);
  /// One that another program has started. It is this process's child once that has ended: see adopt_orphans().
  Program(pid_t id, std::string output) : output_(std::move(output)), id_(id) {}
  ~Program();  // kills it
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t id() const { return id_; }
  void signal(int number);
  bool is_running();
  /// Waits for its end: its exit code, or 128 + the signal that ended it. It is killed, and the code is that of
  /// SIGKILL, if it does not end by itself (a safety net).
  int wait();
  /// What it has printed so far.
  std::string output() const;

 private:
  std::optional<int> poll();

  std::string output_;
  pid_t id_ = -1;
  std::optional<int> exit_code_;
};

/// From now on this process becomes the parent of what its children have started, when they end.
void adopt_orphans();

/// Runs a program to its end.
struct ProgramResult {
  int exit_code = 0;
  std::string output;
};
ProgramResult run_program(std::vector<std::string> command);

}  // namespace larder::support
