// Inherited: what the process that started this one has handed on to it, as sd_listen_fds(3) has it: sockets that
// listen, and the way to the process whose place it takes.
//
// LISTEN_FDNAMES says what each is: "http", "https", "status"; any other name is a socket for whatever the
// configuration has at its address. "handover", "configuration" and "reloaded" are no sockets that
// listen:
// docs/formats/handover.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.h"
#include "core/result.h"
#include "net/listening_socket.h"

namespace larder::service {

struct InheritedSocket {
  std::string name;
  net::ListeningSocket socket;
};

struct Inherited {
  std::vector<InheritedSocket> sockets;
  std::optional<Descriptor> handover;  // nothing: nobody's place is taken
  /// Of a process that begins anew: the text of the configuration to start with instead of the file, and of that which
  /// it had reloaded since.
  std::optional<Descriptor> configuration;
  std::optional<Descriptor> reloaded;
  /// A supervisor has them open too, as systemd's socket units do: they outlive this process.
  bool sockets_are_held = false;
};

/// Takes them over from the environment, which tells no child of them any more. Errors: kInvalid (something else is
/// where a socket should be).
Result<Inherited> take_inherited();

/// How a socket is named that this process hands on.
inline constexpr std::string_view kHandoverName = "handover";
inline constexpr std::string_view kConfigurationName = "configuration";
inline constexpr std::string_view kReloadedName = "reloaded";
/// Set for a process that another of the same program started, to "held" or "own": Inherited::sockets_are_held.
inline constexpr const char* kSuccessorVariable = "LARDER_SUCCESSOR";
inline constexpr const char* kHeld = "held";
inline constexpr const char* kOwn = "own";

}  // namespace larder::service
