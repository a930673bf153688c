// Control: the socket by which the operator of this machine, and programs of theirs, speak with a running node.
//
// Whoever may write to its file may ask everything: the file's mode is the only access check, and no web page reaches
// it.
//
// Owns       its event loop, its threads, and the file of the socket.
// Threads    all calls from the owner's thread, but set_rules() of its actions.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "core/blocking_pool.h"
#include "core/log.h"
#include "core/result.h"
#include "http/server.h"
#include "net/loop.h"
#include "net/socket_file.h"
#include "node/control_actions.h"
#include "node/control_handler.h"

namespace larder::node {

class Control {
 public:
  /// For its owner and its owner's group.
  static constexpr mode_t kMode = 0660;
  /// Connections at once: one that does nothing gives way to the next one.
  static constexpr std::size_t kConnections = 64;
  /// That it needs at most, of the process.
  static constexpr std::size_t kDescriptors = kConnections + 8;

  /// Listens; start() answers. Errors: SocketFile::listen()'s, as is what `before` is.
  static Result<std::unique_ptr<Control>> listen(const std::string& path, pid_t before, ControlActions::Subject node,
                                                 std::shared_ptr<const origin::RuleSet> rules, Log& log);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  void start();
  /// Removes the file and answers nothing more. False: something that was asked waits for a disk yet; then exit without
  /// destroying it. REQUIRES: start().
  bool stop();

  ControlActions& actions() { return actions_; }

 private:
  // Whoever connects is who connects: nobody has an address, and nobody more right to a place.
  class Observer final : public http::ConnectionObserver {
   public:
    bool is_unlimited(const net::IpAddress& /*client*/) override { return true; }
  };

  Control(net::SocketFile file, ControlActions::Subject node, std::shared_ptr<const origin::RuleSet> rules, Log& log);

  std::unique_ptr<net::SocketFile> file_;
  ControlActions actions_;
  net::Loop loop_{"control"};
  BlockingPool pool_;
  ControlHandler handler_;
  Observer observer_;
  http::ConnectionLimit connections_;
  http::Server server_;
};

}  // namespace larder::node
