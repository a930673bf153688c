// Successor: a process that is started to take this one's place, with its sockets.
//
// Under a supervisor that is told of processes (NOTIFY_SOCKET) it is that one's child, as this process is: systemd does
// not wait for a main process that is not its own, and kills it at once when the service is to stop.
//
// Owns       nothing of the process but a descriptor of it: it goes on when this object dies.
// Threads    one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "service/handover.h"

namespace larder::service {

/// A socket that is handed on; the descriptor stays the caller's.
struct HandedOn {
  std::string name;
  int descriptor = -1;
};

// Legacy: all that is handed on.
struct Legacy {
  std::vector<HandedOn> sockets;
  bool sockets_are_held = false;  // Inherited::sockets_are_held
};

class Successor {
 public:
  /// Starts `command`: a program, looked up in PATH unless it has a slash, with its arguments. Errors: kUnavailable,
  /// kNotFound, kRefused (there is no such program, or it cannot be run).
  static Result<std::unique_ptr<Successor>> start(const std::vector<std::string>& command, Legacy legacy);

  pid_t id() const { return process_.id; }
  Handover& handover() { return handover_; }
  void signal(int number) const;
  /// How long a process may take to end once its handover is closed.
  static constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(5);
  /// Once it has ended, as the handover tells: how, in words. One that has closed that and goes on is killed after
  /// `patience`, and left to itself if a disk holds it after that. Once only.
  std::string end(std::chrono::milliseconds patience = kPatience) const;

 private:
  struct Process {
    pid_t id = -1;
    Descriptor descriptor;  // a pidfd; none: the kernel has no such descriptors
  };
  static Result<Process> spawn(const std::vector<std::string>& command, std::vector<std::string> environment,
                               const std::vector<Descriptor>& aside);
  static Result<Process> spawn_beside(const std::vector<std::string>& command, std::vector<std::string> environment,
                                      const std::vector<Descriptor>& aside);
  Successor(Process process, Descriptor way) : process_(std::move(process)), handover_(std::move(way)) {}

  Process process_;
  Handover handover_;
};

/// Becomes this program once more, from its beginning and as it was when it was started, with `legacy` to go on with;
/// whoever supervises the process sees no end of it. Returns only if that cannot be done.
Error become_anew(const std::vector<std::string>& command, const Legacy& legacy);

}  // namespace larder::service
