// NodeSockets: what a node listens on, for each of its event loops: sockets that were handed on to it, and others bound
// beside them.
//
// Owns       the sockets, until they are taken.
// Threads    a value.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/log.h"
#include "core/result.h"
#include "net/listening_socket.h"
#include "node/node_config.h"
#include "service/inherited.h"

namespace larder::node {

class NodeSockets {
 public:
  // Door: an address where clients come in.
  struct Door {
    net::Endpoint endpoint;  // with the port that was given for port 0
    /// The i-th is for the i-th loop; more than there are loops go round.
    std::vector<net::ListeningSocket> sockets;
    bool is_new = false;  // nothing of it was handed on

    /// Before it begins: whether nobody else has begun to listen here since it was bound. Errors: kConflict.
    Result<> check() const;
  };

  /// Takes of `inherited` what is for an address of the configuration, and says in the log what is for none. Nobody can
  /// connect yet to what is bound here: net::ListeningSocket::begin(). Errors: ListeningSocket's.
  static Result<NodeSockets> bind(const ListenConfig& config, std::size_t loops,
                                  std::vector<service::InheritedSocket> inherited, Log& log);

  std::vector<Door>& http() { return http_; }
  std::vector<Door>& https() { return https_; }
  std::optional<net::ListeningSocket>& status() { return status_; }
  /// Ends what was handed on and is for no address, for all who have it: nobody accepts what comes there any more.
  void end_unused();

 private:
  std::vector<Door> http_;
  std::vector<Door> https_;
  std::optional<net::ListeningSocket> status_;
  std::vector<net::ListeningSocket> unused_;
};

}  // namespace larder::node
