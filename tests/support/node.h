// Node: a real larder-node on free ports, with a config, drives and logs in a folder of its own.
//
// Owns       the process and the folder: both end with this object.
// Threads    one for start() and the like; addresses may be read from any.
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/program.h"
#include "support/temp_dir.h"

namespace larder::support {

// NodeConfig: what a test wants to be different from the rest; the words are those of the TOML file.
struct NodeConfig {
  struct Drive {
    std::string path;  // relative ones lie in the node's folder
    std::string size;
  };
  std::vector<Drive> drives = {{"drive", "2GiB"}};
  std::string segment_size = "16MiB";
  std::string scrub_rate = "10MiB/s";
  std::string fill_memory = "64MiB";
  /// Origin names and where they are asked instead.
  std::vector<std::pair<std::string, std::string>> resolve;
  std::string rules = R"(["microsoft"])";
  // Time-outs: no good client or origin runs into them, however busy the machine is. A test makes the one short that it
  // is about.
  std::string idle = "1h";
  std::string head = "1h";
  std::string send_stall = "1h";
  std::string shutdown = "1h";
  std::string connect_timeout = "5m";
  std::string first_byte_timeout = "5m";
  std::string stall_timeout = "5m";
  /// What starts the program: a command that becomes it, and its arguments.
  std::vector<std::string> through;
  // Further lines of these tables, and whole further tables.
  std::string listen;
  std::string limits;
  std::string origin;
  std::string tables;
};

class Node {
 public:
  /// `program` is the path of larder-node.
  Node(std::string program, NodeConfig config);

  /// Writes the config and starts the program, without waiting for it to listen.
  void launch();
  /// launch(), and waits until it listens. Fails the test, with what the program said, if it ends instead.
  void start();
  /// SIGTERM and wait: the exit code.
  int stop();
  /// SIGKILL and wait.
  void kill();
  /// SIGUSR2, and waits until a successor has said that it serves; this object means that one from then on. The config
  /// is as write_config() wrote it last.
  void hand_over();
  /// The processes before, the oldest first.
  std::vector<std::unique_ptr<Program>>& predecessors() { return predecessors_; }
  void signal(int number) { program_->signal(number); }
  /// REQUIRES: it was started.
  pid_t process() const { return program_->id(); }
  bool is_running() const { return program_ != nullptr && program_->is_running(); }
  /// Of the process. REQUIRES: it was started.
  pid_t id() const { return program_->id(); }
  /// `larder-node --check` on the same config.
  ProgramResult check();

  NodeConfig& config() { return config_; }  // used by the next start or write_config()
  void write_config() const;

  const std::string& http() const { return http_; }    // "127.0.0.1:41234"
  const std::string& https() const { return https_; }  // "" without a listener for it
  const std::string& status() const { return status_; }
  std::string drive_path(std::size_t number = 0) const;
  const TempDir& folder() const { return folder_; }
  std::string program_output() const { return read_file(folder_ / "output"); }

  /// Log lines of all starts so far.
  std::vector<boost::json::object> log_lines() const { return lines_of("node.log"); }
  std::vector<boost::json::object> access_records() const { return lines_of("access.log"); }
  /// Waits until at least `count` access records are there, and returns all of them.
  std::vector<boost::json::object> wait_for_access_records(std::size_t count) const;
  /// Whether a log line holds `text`, of any start.
  bool has_logged(std::string_view text) const;
  /// Waits for such a line.
  bool wait_for_log(std::string_view text) const;

  /// /api/v1/status; null if it did not answer with JSON.
  boost::json::value status_document() const;
  /// /metrics: "name{labels}" as printed -> value.
  std::map<std::string, double> metrics() const;

 private:
  std::vector<boost::json::object> lines_of(std::string_view file) const;
  bool read_ports();
  pid_t process_in_ports_file() const;

  std::string program_path_;
  NodeConfig config_;
  TempDir folder_;
  std::string http_;
  std::string https_;
  std::string status_;
  std::vector<std::unique_ptr<Program>> predecessors_;
  std::unique_ptr<Program> program_;
};

/// The sum over all label values of the metric.
double sum_of(const std::map<std::string, double>& metrics, std::string_view name);

}  // namespace larder::support
