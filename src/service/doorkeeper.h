// Doorkeeper: takes the connections that come to sockets while nobody serves on them, as this process starts or ends
// and a supervisor keeps the sockets open. Who has waited for kPatience is answered 503, and so goes elsewhere for this
// file: a connection that is open and silent is a stall, which clients of a cache do not forgive.
//
// Owns       its thread, its copies of the sockets, and the connections that it took.
// Threads    one, which makes and ends it.
// Cancel     end() and the destructor: at once.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/descriptor.h"
#include "core/result.h"
#include "net/listening_socket.h"
#include "service/inherited.h"

namespace larder::service {

/// A connection that was taken, and not a byte of it read or written.
struct WaitingClient {
  Descriptor descriptor;
  net::Endpoint local;
  net::Endpoint peer;
  bool tls = false;  // it came to a socket named "https": nothing can be said to it before a handshake
};

class Doorkeeper {
 public:
  static constexpr auto kPatience = std::chrono::seconds(2);
  /// More are left in the kernel's queue; so are those beyond a quarter of the descriptors that the process may have,
  /// as it needs the rest to start.
  static constexpr std::size_t kMostWaiting = 4096;

  /// Begins; if `other` is a connection to a process that serves on the sockets, once that process has gone. Errors:
  /// kUnavailable (no descriptor is left).
  static Result<std::unique_ptr<Doorkeeper>> begin(const std::vector<InheritedSocket>& sockets, int other = -1);
  ~Doorkeeper();  // answers whoever waits
  Doorkeeper(const Doorkeeper&) = delete;
  Doorkeeper& operator=(const Doorkeeper&) = delete;

  /// Those who wait, for whoever serves from now on; the sockets are left to them.
  std::vector<WaitingClient> end();

 private:
  struct Door {
    net::ListeningSocket socket;
    bool tls = false;
  };
  struct Waiting {
    WaitingClient client;
    SteadyTime since;
  };
  // Leaving: answered, and read to its end, so that the answer is not lost with a reset.
  struct Leaving {
    Descriptor descriptor;
    SteadyTime until;
  };

  static std::size_t most_of_process();
  Doorkeeper(std::vector<Door> doors, Descriptor other, Descriptor wake, Descriptor woken)
      : most_(most_of_process()),
        doors_(std::move(doors)),
        other_(std::move(other)),
        wake_(std::move(wake)),
        woken_(std::move(woken)) {}

  void run();
  bool outlives_other() const;
  bool has_room() const { return waiting_.size() + leaving_.size() < most_; }
  int wait_time(SteadyTime now) const;
  void accept_all(Door& door, SteadyTime now);
  void answer(WaitingClient& client, SteadyTime now);
  void answer_late(SteadyTime now);
  void let_leave(SteadyTime now);
  void stop();

  const SystemClock clock_;
  const std::size_t most_;
  std::vector<Door> doors_;
  Descriptor other_;             // copy of the connection to who serves before; or none
  Descriptor wake_;              // written to: the thread ends
  Descriptor woken_;             // the other end
  std::deque<Waiting> waiting_;  // who came first is first
  std::deque<Leaving> leaving_;
  std::thread thread_;
};

}  // namespace larder::service
