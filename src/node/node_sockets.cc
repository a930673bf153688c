#include "node/node_sockets.h"

#include <sys/socket.h>

#include <string_view>
#include <utility>

namespace larder::node {
namespace {

using service::InheritedSocket;

/// Port 0 is any port. What bears another of our names is another of our doors.
bool is_for(const InheritedSocket& inherited, std::string_view name, const net::Endpoint& asked) {
  for (const std::string_view other : {"http", "https", "status"}) {
    if (inherited.name == other && other != name) return false;
  }
  const net::Endpoint& local = inherited.socket.local();
  return local.address == asked.address && (asked.port == local.port || (asked.port == 0 && inherited.name == name));
}

/// Those for `asked`, all of one port.
std::vector<net::ListeningSocket> take(std::vector<InheritedSocket>& inherited, std::string_view name,
                                       net::Endpoint asked) {
  std::vector<net::ListeningSocket> taken;
  for (auto at = inherited.begin(); at != inherited.end();) {
    if (!is_for(*at, name, asked)) {
      ++at;
      continue;
    }
    asked.port = at->socket.local().port;
    taken.push_back(std::move(at->socket));
    at = inherited.erase(at);
  }
  return taken;
}

// The loops share their port (SO_REUSEPORT), and so would another node that runs already, unnoticed.
Result<net::ListeningSocket> bind_alone(const net::Endpoint& endpoint) {
  return net::ListeningSocket::bind(endpoint, {.reuse_port = false});
}

/// systemd's ListenStream=80 is one socket for both families, which keeps a port from being bound for either.
std::unexpected<Error> with_handed_on(Error error, const std::vector<InheritedSocket>& inherited,
                                      const net::Endpoint& asked) {
  for (const InheritedSocket& one : inherited) {
    if (error.code != Errc::kConflict || one.socket.local().port != asked.port) continue;
    error.text += fmt::format(
        "; that may be the socket {} (\"{}\") that was handed on: a socket unit should have {}, and "
        "BindIPv6Only=ipv6-only",
        net::to_string(one.socket.local()), one.name, "ListenStream=" + net::to_string(asked));
  }
  return std::unexpected(std::move(error));
}

Result<NodeSockets::Door> open_door(std::vector<InheritedSocket>& inherited, std::string_view name,
                                    net::Endpoint endpoint, std::size_t loops) {
  NodeSockets::Door door{endpoint, take(inherited, name, endpoint)};
  door.is_new = door.sockets.empty();
  if (door.is_new) {
    if (auto free = bind_alone(endpoint); !free) return with_handed_on(std::move(free).error(), inherited, endpoint);
    TRY(auto first, net::ListeningSocket::bind(endpoint));
    door.sockets.push_back(std::move(first));
  }
  door.endpoint = door.sockets.front().local();
  // Beside one that does not share its port no other can be bound: all loops accept from it.
  const std::size_t there = door.sockets.size();
  const bool shares = door.sockets.front().shares_its_port();
  while (door.sockets.size() < loops) {
    const auto& like = door.sockets[door.sockets.size() % there];
    auto another = shares ? net::ListeningSocket::bind(door.endpoint) : like.duplicate();
    // One that a supervisor has bound may be of another user, or a port of the privileged.
    if (!another && shares) another = like.duplicate();
    if (!another) return std::unexpected(another.error());
    door.sockets.push_back(*std::move(another));
  }
  return door;
}

}  // namespace

Result<> NodeSockets::Door::check() const {
  if (!is_new) return {};
  const auto free = bind_alone(endpoint);
  return free ? Result<>() : std::unexpected(free.error());
}

Result<NodeSockets> NodeSockets::bind(const ListenConfig& config, std::size_t loops,
                                      std::vector<InheritedSocket> inherited, Log& log) {
  NodeSockets sockets;
  for (const net::Endpoint& endpoint : config.http) {
    TRY(auto door, open_door(inherited, "http", endpoint, loops));
    sockets.http_.push_back(std::move(door));
  }
  for (const net::Endpoint& endpoint : config.https) {
    TRY(auto door, open_door(inherited, "https", endpoint, loops));
    sockets.https_.push_back(std::move(door));
  }
  if (config.status) {
    TRY(auto door, open_door(inherited, "status", *config.status, 1));
    sockets.status_ = std::move(door.sockets.front());
  }
  for (InheritedSocket& left : inherited) {
    log.write(Level::kWarning, "a socket that was handed on is for no address in the configuration, and is closed",
              [&](JsonLine& line) { line.add("name", left.name).add("address", net::to_string(left.socket.local())); });
    sockets.unused_.push_back(std::move(left.socket));
  }
  return sockets;
}

void NodeSockets::end_unused() {
  for (const net::ListeningSocket& socket : unused_) ::shutdown(socket.descriptor(), SHUT_RDWR);
  unused_.clear();
}

}  // namespace larder::node
