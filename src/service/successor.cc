#include "service/successor.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "service/inherited.h"

extern char** environ;  // POSIX has it, and no header declares it

namespace larder::service {
namespace {

constexpr std::string_view kOwnVariables[] = {"LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "LARDER_SUCCESSOR="};

bool is_own(std::string_view variable) {
  for (const std::string_view own : kOwnVariables) {
    if (variable.starts_with(own)) return true;
  }
  return false;
}

std::vector<std::string> environment_for(const Legacy& legacy) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_own(*variable)) all.emplace_back(*variable);
  }
  std::string names;
  for (const HandedOn& socket : legacy.sockets) names += (names.empty() ? "" : ":") + socket.name;
  all.push_back(fmt::format("LISTEN_FDS={}", legacy.sockets.size()));
  all.push_back("LISTEN_FDNAMES=" + names);
  all.push_back(fmt::format("{}={}", kSuccessorVariable, legacy.sockets_are_held ? kHeld : kOwn));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Copies beyond where they are to be: putting one in its place must not close another. Errors: kUnavailable.
Result<std::vector<Descriptor>> set_aside(const std::vector<HandedOn>& sockets) {
  std::vector<Descriptor> aside;
  for (const HandedOn& socket : sockets) {
    const int first = SD_LISTEN_FDS_START + static_cast<int>(sockets.size());
    aside.emplace_back(::fcntl(socket.descriptor, F_DUPFD_CLOEXEC, first));
    if (aside.back().number() < 0) return fail_errno(errno, "a socket to be handed on");
  }
  return aside;
}

sigset_t asking_signals() {
  // What asks a program of ours for something is not its end: it waits until the successor looks.
  sigset_t asking;
  ::sigemptyset(&asking);
  for (const int number : {SIGHUP, SIGUSR2}) ::sigaddset(&asking, number);
  return asking;
}

// SpawnPlan: what posix_spawn() is told, freed at its end.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    const sigset_t asking = asking_signals();
    ::posix_spawnattr_setsigmask(&attributes_, &asking);
    // Those of failed writes are ignored here, which a new program would keep.
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// `from` is there as `to`.
  bool place(int from, int to) { return ::posix_spawn_file_actions_adddup2(&actions_, from, to) == 0; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Of a process that was killed, unless the kernel cannot end it.
constexpr auto kDeath = std::chrono::seconds(1);

/// How a process ended, as waitpid() has it.
std::string in_words(int status) {
  if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
  return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
}

/// False: it still runs.
bool ends_within(const Descriptor& process, std::chrono::milliseconds patience) {
  if (process.number() < 0) return true;  // nobody can tell
  pollfd polled{process.number(), POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(patience.count())) != 0;
}

// Birth: what a process is told that shares this one's memory until it has become its program.
struct Birth {
  char** command = nullptr;
  char** environment = nullptr;
  const std::vector<Descriptor>* aside = nullptr;
  int failed = 0;  // errno
};

/// Only what a signal handler may call, as the memory is the other's; whose threads go on, but for the one that waits.
int be_born(void* given) {
  auto& birth = *static_cast<Birth*>(given);
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
  int place = SD_LISTEN_FDS_START;
  for (const Descriptor& descriptor : *birth.aside) {
    if (::dup2(descriptor.number(), place++) < 0) {
      birth.failed = errno;
      ::_exit(127);
    }
  }
  const sigset_t asking = asking_signals();
  ::sigprocmask(SIG_SETMASK, &asking, nullptr);
  ::execvpe(birth.command[0], birth.command, birth.environment);
  birth.failed = errno;
  ::_exit(127);
}

}  // namespace

Result<Successor::Process> Successor::spawn(const std::vector<std::string>& command,
                                            std::vector<std::string> environment,
                                            const std::vector<Descriptor>& aside) {
  SpawnPlan plan;
  for (std::size_t i = 0; i < aside.size(); ++i) {
    if (!plan.place(aside[i].number(), SD_LISTEN_FDS_START + static_cast<int>(i)))
      return fail_errno(ENOMEM, command[0]);
  }
  std::vector<std::string> arguments = command;
  Process process;
  const int failed = ::posix_spawnp(&process.id, command[0].c_str(), plan.actions(), plan.attributes(),
                                    pointers(arguments).data(), pointers(environment).data());
  if (failed != 0) return fail_errno(failed, command[0]);
  process.descriptor = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process.id, 0)));
  return process;
}

/// As posix_spawn() does it, but as a child of this process's parent.
Result<Successor::Process> Successor::spawn_beside(const std::vector<std::string>& command,
                                                   std::vector<std::string> environment,
                                                   const std::vector<Descriptor>& aside) {
  struct alignas(16) Piece {
    std::byte bytes[16];
  };
  constexpr std::size_t kPieces = (256 << 10) / sizeof(Piece);
  std::vector<std::string> arguments = command;
  const auto argument_pointers = pointers(arguments);
  const auto variable_pointers = pointers(environment);
  Birth birth{const_cast<char**>(argument_pointers.data()), const_cast<char**>(variable_pointers.data()), &aside};
  const auto stack = std::make_unique<Piece[]>(kPieces);
  // No handler of this process may run in the other one.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  int descriptor = -1;
  const int id = ::clone(be_born, stack.get() + kPieces, CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PIDFD | SIGCHLD,
                         &birth, &descriptor);
  const int why = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (id < 0) return fail_errno(why, command[0]);
  Process process{id, Descriptor(descriptor)};
  if (birth.failed != 0) return fail_errno(birth.failed, command[0]);
  return process;
}

Result<std::unique_ptr<Successor>> Successor::start(const std::vector<std::string>& command, Legacy legacy) {
  TRY(auto way, Handover::make_way());
  legacy.sockets.push_back({std::string(kHandoverName), way.second.number()});
  TRY(const auto aside, set_aside(legacy.sockets));
  // Whoever is the first of its machine, or container, has no parent for it.
  const bool is_told = std::getenv("NOTIFY_SOCKET") != nullptr && ::getpid() != 1;
  TRY(Process process,
      is_told ? spawn_beside(command, environment_for(legacy), aside) : spawn(command, environment_for(legacy), aside));
  return std::unique_ptr<Successor>(new Successor(std::move(process), std::move(way.first)));
}

void Successor::signal(int number) const {
  if (process_.descriptor.number() < 0) {
    ::kill(process_.id, number);
  } else {
    ::syscall(SYS_pidfd_send_signal, process_.descriptor.number(), number, nullptr, 0);
  }
}

std::string Successor::end(std::chrono::milliseconds patience) const {
  const bool ends = ends_within(process_.descriptor, patience);
  if (!ends) {
    signal(SIGKILL);
    if (!ends_within(process_.descriptor, kDeath)) {
      return "it did not end, and does not although it was killed: a disk holds it";
    }
  }
  int status = 0;
  const bool is_own = ::waitpid(process_.id, &status, 0) == process_.id;  // else its parent hears how it ended
  return (ends ? "" : "it closed the handover and did not end; ") + (is_own ? in_words(status) : "it has ended");
}

Error become_anew(const std::vector<std::string>& command, const Legacy& legacy) {
  const auto aside = set_aside(legacy.sockets);
  if (!aside) return aside.error();
  for (std::size_t i = 0; i < aside->size(); ++i) {
    if (::dup2((*aside)[i].number(), SD_LISTEN_FDS_START + static_cast<int>(i)) < 0) {
      return fail_errno(errno, command[0]).error();
    }
  }
  std::vector<std::string> arguments = command;
  std::vector<std::string> environment = environment_for(legacy);
  // Signals that are blocked stay blocked: what comes meanwhile waits for the program that begins.
  // Not by its path, where another program may be by now.
  ::execve("/proc/self/exe", pointers(arguments).data(), pointers(environment).data());
  return fail_errno(errno, command[0]).error();
}

}  // namespace larder::service
