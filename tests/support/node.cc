#include "support/node.h"

#include <signal.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "support/eventually.h"
#include "support/http_client.h"

namespace larder::support {
namespace {

constexpr std::string_view kPortsFile = "ports.json";

std::string toml_string(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

Node::Node(std::string program, NodeConfig config) : program_path_(std::move(program)), config_(std::move(config)) {}

std::string Node::drive_path(std::size_t number) const {
  const std::string& path = config_.drives.at(number).path;
  return path.starts_with('/') ? path : folder_ / path;
}

void Node::write_config() const {
  std::ostringstream text;
  text << "[listen]\nhttp = [\"127.0.0.1:0\"]\nstatus = \"127.0.0.1:0\"\n" << config_.listen << "\n";
  text << "[log]\ntarget = " << toml_string(folder_ / "node.log") << "\nlevel = \"info\"\n";
  text << "[access_log]\ntarget = " << toml_string(folder_ / "access.log") << "\n";
  text << "[store]\nsegment_size = " << toml_string(config_.segment_size)
       << "\nscrub_rate = " << toml_string(config_.scrub_rate) << "\n";
  text << "[limits]\nfill_memory = " << toml_string(config_.fill_memory) << "\nidle = " << toml_string(config_.idle)
       << "\nhead = " << toml_string(config_.head) << "\nsend_stall = " << toml_string(config_.send_stall)
       << "\nshutdown = " << toml_string(config_.shutdown) << "\n"
       << config_.limits << "\n";
  text << "[origin]\nrules = " << config_.rules << "\nconnect_timeout = " << toml_string(config_.connect_timeout)
       << "\nfirst_byte_timeout = " << toml_string(config_.first_byte_timeout)
       << "\nstall_timeout = " << toml_string(config_.stall_timeout) << "\n"
       << config_.origin << "\nresolve = {";
  for (std::size_t i = 0; i < config_.resolve.size(); ++i) {
    const auto& [name, address] = config_.resolve[i];
    text << (i > 0 ? ", " : " ") << toml_string(name) << " = " << toml_string(address);
  }
  text << " }\n" << config_.tables << "\n";
  for (std::size_t i = 0; i < config_.drives.size(); ++i) {
    text << "[[drive]]\npath = " << toml_string(drive_path(i)) << "\nsize = " << toml_string(config_.drives[i].size)
         << "\n";
  }
  write_file(folder_ / "larder.toml", text.str());
}

void Node::launch() {
  write_config();
  std::filesystem::remove(folder_ / kPortsFile);
  std::vector<std::string> command = config_.through;
  for (const std::string& word : {program_path_, std::string("--config"), folder_ / "larder.toml",
                                  std::string("--ports-file"), folder_ / kPortsFile}) {
    command.push_back(word);
  }
  program_ = std::make_unique<Program>(command, folder_ / "output");
}

void Node::start() {
  launch();
  if (!eventually([this] { return read_ports() || !program_->is_running(); }) || !program_->is_running()) {
    throw std::runtime_error("larder-node does not listen. It printed:\n" + program_->output() + "and logged:\n" +
                             read_file(folder_ / "node.log"));
  }
}

bool Node::read_ports() {
  const std::string text = read_file(folder_ / kPortsFile);
  if (text.empty()) return false;
  const auto ports = boost::json::parse(text);
  http_ = ports.at("http").at(0).as_string();
  const auto& https = ports.at("https").as_array();
  https_ = https.empty() ? "" : https[0].as_string();
  status_ = ports.at("status").as_string();
  return true;
}

pid_t Node::process_in_ports_file() const {
  const std::string text = read_file(folder_ / kPortsFile);
  return text.empty() ? -1 : static_cast<pid_t>(boost::json::parse(text).at("process").as_int64());
}

void Node::hand_over() {
  adopt_orphans();
  program_->signal(SIGUSR2);
  const pid_t before = program_->id();
  if (!eventually([&] { return process_in_ports_file() != before || !program_->is_running(); })) {
    throw std::runtime_error("no successor serves. The node logged:\n" + read_file(folder_ / "node.log"));
  }
  const pid_t next = process_in_ports_file();
  if (next == before) throw std::runtime_error("the node has ended:\n" + read_file(folder_ / "node.log"));
  predecessors_.push_back(std::move(program_));
  program_ = std::make_unique<Program>(next, folder_ / "output");
  read_ports();
}

int Node::stop() {
  program_->signal(SIGTERM);
  return program_->wait();
}

void Node::kill() {
  program_->signal(SIGKILL);
  program_->wait();
}

ProgramResult Node::check() {
  write_config();
  return run_program({program_path_, "--check", "--config", folder_ / "larder.toml"});
}

std::vector<boost::json::object> Node::lines_of(std::string_view file) const {
  std::vector<boost::json::object> lines;
  std::istringstream text(read_file(folder_ / file));
  for (std::string line; std::getline(text, line) && !text.eof();) {  // the last line may be half written
    boost::json::error_code error;
    const auto value = boost::json::parse(line, error);
    if (error || !value.is_object()) throw std::runtime_error("a log line is not a JSON object: " + line);
    lines.push_back(value.as_object());
  }
  return lines;
}

std::vector<boost::json::object> Node::wait_for_access_records(std::size_t count) const {
  eventually([&] { return access_records().size() >= count; });
  return access_records();
}

bool Node::has_logged(std::string_view text) const { return read_file(folder_ / "node.log").contains(text); }

bool Node::wait_for_log(std::string_view text) const {
  return eventually([&] { return has_logged(text); });
}

boost::json::value Node::status_document() const {
  boost::json::error_code error;
  auto document = boost::json::parse(fetch(status_, "/api/v1/status").body, error);
  return error ? boost::json::value() : document;
}

std::map<std::string, double> Node::metrics() const {
  std::map<std::string, double> values;
  std::istringstream text(fetch(status_, "/metrics").body);
  for (std::string line; std::getline(text, line);) {
    const auto space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string::npos) continue;
    values[line.substr(0, space)] = std::stod(line.substr(space + 1));
  }
  return values;
}

double sum_of(const std::map<std::string, double>& metrics, std::string_view name) {
  double sum = 0;
  for (const auto& [series, value] : metrics) {
    if (series.substr(0, series.find('{')) == name) sum += value;
  }
  return sum;
}

}  // namespace larder::support
