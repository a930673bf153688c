// NodeProcess: a node as a process: from its configuration to its end, with the signals that it obeys.
//
//   SIGHUP            reads the configuration again, opens logs again
//   SIGUSR2           starts a successor, which takes its place without a client being turned away
//   SIGTERM, SIGINT   end it, and the process before, if that still sends
//
// A successor is a new process of the program that lies at this one's path now. While it starts this one serves; what
// it cannot start with is found before it asks for the drives, and then nothing has changed. This process gives it the
// drives, serves on until it says that it does, and ends when its last response has ended, or limits.drain is over. If
// a successor dies with the drives, this process becomes itself anew. docs/formats/handover.md has what is said.
//
// Threads    one: that which calls run(); purges come from others.
#pragma once

#include <signal.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/descriptor.h"
#include "core/log.h"
#include "node/node.h"
#include "node/node_config.h"
#include "service/doorkeeper.h"
#include "service/handover.h"
#include "service/inherited.h"
#include "service/successor.h"
#include "storage/disk.h"

namespace larder::node {

class NodeProcess {
 public:
  struct Options {
    std::string config;                // file
    std::string ports_file;            // "": none
    std::vector<std::string> command;  // that this was started with, program first
  };

  NodeProcess(Options options, storage::Disk& disk) : options_(std::move(options)), disk_(disk) {}

  /// Reads the configuration file, and looks at what it names. Errors: kInvalid, and those of files.
  static Result<NodeConfig> load(const std::string& file);
  /// What a start would find, as far as it can be told without one, beside drives. Errors: as a start's.
  static Result<> check(const NodeConfig& config);

  /// Runs until a signal ends it: the exit code. Errors: what keeps it from starting.
  Result<int> run();

 private:
  // Stage: of the handing over to a successor.
  enum class Stage {
    kServing,   // there is none
    kStarting,  // it starts, and has not asked for the drives
    kReleased,  // it has the drives
    kRetired,   // it serves
  };

  Result<> start();
  Result<> start_with(service::Inherited inherited);
  Result<NodeConfig> read_configuration(const std::optional<Descriptor>& handed_on);
  void take_over_again(const Descriptor& handed_on);
  Result<> open_logs(const NodeConfig& config);
  Result<> take_drives();
  void say_started();
  Result<> write_ports() const;

  void obey_signals();  // returns when this process is to end
  bool obey(int signal);
  ReloadQueue::Outcome reload();
  int wait_time() const;

  void hear_predecessor(Node& node);
  void forget_predecessor();
  bool end_answers_of_predecessor();
  SteadyTime::duration end_patience() const;
  void end_predecessor();
  void kill_predecessor();
  void ask_for_restart();
  void start_successor();
  void hear_successor();
  void release_drives();
  void retire();
  void lose_successor(const std::string& how);
  void give_up_successor(const std::string& why);

  void leave_sockets_open();
  Result<> reopen_logs();
  void tell_the_rest();
  void say_that_clients_wait(const Error& why);
  bool end();
  [[noreturn]] void become_anew();

  const Options options_;
  storage::Disk& disk_;
  const SystemClock clock_;
  std::string configuration_;  // the text that it started with
  std::string reloaded_;       // and that of which it has taken over since what can change while it runs; "": none
  Descriptor signals_;         // signalfd
  Descriptor idle_;            // eventfd: a retired node has nothing left to do
  std::unique_ptr<Log> log_;
  std::unique_ptr<Log> access_log_;
  std::unique_ptr<service::Doorkeeper> doorkeeper_;

  std::mutex predecessor_mutex_;  // for other threads, and for when it goes
  std::condition_variable predecessor_changed_;
  std::shared_ptr<service::Handover> predecessor_;       // null: there is none, or none any more
  std::uint64_t purges_told_ = 0;                        // to it
  std::uint64_t purges_heard_ = 0;                       // by it, of those
  SteadyTime predecessor_deadline_ = SteadyTime::max();  // it is ended by force
  bool predecessor_told_all_ = false;
  std::unique_ptr<service::Successor> successor_;
  std::string why_it_failed_;  // as the successor said
  bool successor_has_ended_ = false;
  bool sockets_are_held_ = false;                    // by a supervisor: they stay open when this process ends
  bool restart_is_wanted_ = false;                   // once the predecessor has ended
  bool ends_answers_ = false;                        // once it is retired
  bool starts_anew_ = false;                         // with the program that this was
  bool ends_now_ = false;                            // the successor is to get one itself
  std::vector<service::InheritedSocket> left_open_;  // when the node has closed its own
  Stage stage_ = Stage::kServing;
  SteadyTime deadline_ = SteadyTime::max();  // of the stage
  std::unique_ptr<Node> node_;               // dies first: its threads use what is above
};

}  // namespace larder::node
