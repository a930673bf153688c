#include "support/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "support/eventually.h"
#include "support/temp_dir.h"

namespace larder::support {
namespace {

constexpr int kUnseen = 255;  // the exit code of what somebody else has waited for

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// Between fork and exec: nothing that allocates or locks, as other threads of the test may have held a lock.
[[noreturn]] void become(char* const* arguments, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

Program::Program(std::vector<std::string> command, std::string output) : output_(std::move(output)) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int file = ::open(output_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "cannot write " + output_);
  id_ = ::fork();
  if (id_ == 0) become(arguments.data(), file);
  const int fork_error = errno;
  ::close(file);
  if (id_ < 0) throw std::system_error(fork_error, std::generic_category(), "cannot start " + command[0]);
}

Program::~Program() {
  signal(SIGKILL);
  wait();
}

void Program::signal(int number) {
  if (!poll()) ::kill(id_, number);
}

bool Program::is_running() { return !poll(); }

int Program::wait() {
  if (eventually([this] { return poll().has_value(); })) return *exit_code_;
  ::kill(id_, SIGKILL);
  int status = 0;
  ::waitpid(id_, &status, 0);
  exit_code_ = code_of(status);
  return *exit_code_;
}

std::optional<int> Program::poll() {
  if (exit_code_) return exit_code_;
  int status = 0;
  const pid_t ended = ::waitpid(id_, &status, WNOHANG);
  if (ended == id_) exit_code_ = code_of(status);
  // Somebody else's child, which they have seen the end of.
  if (ended < 0 && errno == ECHILD && ::kill(id_, 0) != 0) exit_code_ = kUnseen;
  return exit_code_;
}

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

std::string Program::output() const { return read_file(output_); }

ProgramResult run_program(std::vector<std::string> command) {
  const TempDir folder;
  Program program(std::move(command), folder / "output");
  const int exit_code = program.wait();
  return {exit_code, program.output()};
}

}  // namespace larder::support
