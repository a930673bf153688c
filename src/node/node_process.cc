#include "node/node_process.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "core/config_reader.h"
#include "core/say_failure.h"
#include "core/signals.h"
#include "core/version.h"
#include "core/whole_file.h"
#include "net/listening_socket.h"
#include "net/server_certificate.h"
#include "net/socket_file.h"
#include "net/tls_context.h"
#include "node/configured_drives.h"
#include "node/restart_keys.h"

namespace larder::node {
namespace {

using service::Message;

constexpr auto kDiskPatience = std::chrono::seconds(20);
// Where clients wait for the next process meanwhile: for what runs, and in all.
constexpr auto kHastyStop = std::chrono::seconds(3);
constexpr auto kHasty = std::chrono::milliseconds(4500);
// What has to be told to the successor and could not be at once is tried again after so long.
constexpr int kRetellMilliseconds = 100;
constexpr int kMostMilliseconds = 60'000;  // of one wait

boost::json::array endpoints(const std::vector<net::Endpoint>& values) {
  boost::json::array out;
  for (const net::Endpoint& value : values) out.emplace_back(net::to_string(value));
  return out;
}

// Whether `work` ends within the time that a disk has to take the last writes. If not, it goes on until the exit.
bool ends_in_time(std::function<void()> work, std::chrono::milliseconds patience) {
  std::packaged_task<void()> task(std::move(work));
  auto ended = task.get_future();
  std::thread(std::move(task)).detach();
  return ended.wait_for(patience) == std::future_status::ready;
}

/// What a process hands to itself as it begins anew: a file that is nowhere. -1: no descriptor is left.
Descriptor file_of(const std::string& text) {
  Descriptor file(::memfd_create("configuration", MFD_CLOEXEC));
  const auto written = ::write(file.number(), text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ? std::move(file) : Descriptor();
}

std::string path_of(const Descriptor& file) { return fmt::format("/proc/self/fd/{}", file.number()); }

// Without a word in it a node would serve with all defaults: that is what a full disk, or an editor that was killed,
// leaves.
Result<std::string> read_configuration_file(const std::string& file) {
  TRY(std::string text, read_text_file(file));
  if (text.find_first_not_of(" \t\r\n") != std::string::npos) return text;
  return fail(Errc::kInvalid, "{} is empty: put in what the node should do, or a comment (#) if that is to be nothing",
              file);
}

/// Whether they are this machine's; that somebody listens there already may be the node that runs.
Result<> check_addresses(const ListenConfig& listen) {
  std::vector<net::Endpoint> all = listen.http;
  all.insert(all.end(), listen.https.begin(), listen.https.end());
  if (listen.status) all.push_back(*listen.status);
  for (const net::Endpoint& endpoint : all) {
    if (endpoint.address == net::IpAddress::v4(0) || endpoint.address == net::IpAddress::v6({}))
      continue;  // any of them
    const auto bound = net::ListeningSocket::bind({endpoint.address, 0});
    if (!bound) {
      return fail(bound.error().code, "listen: this machine cannot listen on {}: {}", net::to_string(endpoint),
                  bound.error().text);
    }
  }
  return {};
}

// Its folder may be made by who starts the node, when that is: RuntimeDirectory= of systemd.
Result<> check_control(const std::string& path) {
  if (path.empty()) return {};
  auto fits = net::SocketFile::check(path);
  if (fits || fits.error().code != Errc::kNotFound) return fits;
  std::fprintf(stderr, "%s; a start needs it\n", fits.error().text.c_str());
  return {};
}

std::string joined(const std::vector<net::Endpoint>& endpoints) {
  std::string text;
  for (const net::Endpoint& endpoint : endpoints) text += (text.empty() ? "" : ", ") + net::to_string(endpoint);
  return text;
}

}  // namespace

Result<NodeConfig> NodeProcess::load(const std::string& file) {
  TRY(const std::string text, read_configuration_file(file));
  return parse_node_config(text, file);
}

Result<> NodeProcess::check(const NodeConfig& config) {
  if (!config.listen.https.empty()) {
    TRY_VOID(net::ServerCertificate::check(config.tls_certificate, config.tls_key, SystemClock().wall()));
  }
  TRY_VOID(check_addresses(config.listen));
  if (!config.origin.ca_file.empty()) {
    TRY_VOID(net::TlsContext::client(config.origin.ca_file));
  }
  TRY_VOID(check_control(config.listen.control));
  TRY_VOID(Log::check(config.log.target));
  if (config.access_log_target == "off") return {};
  return Log::check(config.access_log_target);
}

Result<int> NodeProcess::run() {
  // A process that begins anew is called by the name of what it is made of: /proc/self/exe.
  ::prctl(PR_SET_NAME, "larder-node");
  const sigset_t signals = block_signals({SIGUSR2});
  TRY_VOID(start());
  // Last: where descriptors are few, the node says so.
  signals_ = Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  idle_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (signals_.number() < 0 || idle_.number() < 0) return fail_errno(errno, "no descriptor is left");
  obey_signals();
  const bool orderly = end();
  if (starts_anew_) become_anew();
  if (!orderly) {
    log_->flush();
    if (access_log_) access_log_->flush();
    ::_exit(0);  // what hangs would hang the destructors too; the drives are safe at any moment
  }
  return 0;
}

Result<> NodeProcess::start() {
  TRY(service::Inherited inherited, service::take_inherited());
  if (inherited.handover) predecessor_ = std::make_shared<service::Handover>(*std::move(inherited.handover));
  auto started = start_with(std::move(inherited));
  if (!started && predecessor_) predecessor_->say({Message::Kind::kFailed, {}, started.error().text});
  return started;
}

/// The file's text, unless this process begins anew: then what was in force, as the file may be what it failed for.
Result<NodeConfig> NodeProcess::read_configuration(const std::optional<Descriptor>& handed_on) {
  TRY(configuration_, read_configuration_file(handed_on ? path_of(*handed_on) : options_.config));
  return parse_node_config(configuration_, options_.config);
}

/// What a process that begins anew had taken over while it ran.
void NodeProcess::take_over_again(const Descriptor& handed_on) {
  auto text = read_text_file(path_of(handed_on));
  auto config = text ? parse_node_config(*text, options_.config) : Result<NodeConfig>(std::unexpected(text.error()));
  if (config) {
    reloaded_ = *std::move(text);
    return node_->reload(*config, "");
  }
  log_->write(Level::kError, "what was reloaded is not in force any more",
              [&](JsonLine& line) { line.add("reason", config.error().text); });
}

Result<> NodeProcess::start_with(service::Inherited inherited) {
  sockets_are_held_ = inherited.sockets_are_held;
  if (predecessor_) {
    for (const service::InheritedSocket& socket : inherited.sockets) {
      TRY(auto copy, socket.socket.duplicate());
      left_open_.push_back({socket.name, std::move(copy)});
    }
  } else if (!inherited.sockets.empty()) {
    TRY(doorkeeper_, service::Doorkeeper::begin(inherited.sockets));
  }
  TRY(auto config, read_configuration(inherited.configuration));
  TRY_VOID(check_drives(config, options_.config, disk_));
  TRY_VOID(open_logs(config));
  Node::Place place;
  place.sockets = std::move(inherited.sockets);
  place.sockets_are_held = sockets_are_held_;
  place.purged = [this] { return end_answers_of_predecessor(); };
  if (predecessor_) place.process = predecessor_->process_before();
  place.drives_may_be_held = predecessor_ || inherited.configuration;
  place.before_drives = [this] { return take_drives(); };
  // What it said of outdated URLs before it let go of the drives.
  place.before_serving = [this](Node& node) {
    if (predecessor_) hear_predecessor(node);
  };
  TRY(node_, Node::start(std::move(config), std::move(place), disk_, clock_, *log_, access_log_.get()));
  if (doorkeeper_) node_->take_in(doorkeeper_->end());
  doorkeeper_.reset();
  left_open_.clear();
  say_started();
  if (inherited.reloaded) take_over_again(*inherited.reloaded);
  if (!options_.ports_file.empty()) {
    TRY_VOID(write_ports());
  }
  if (predecessor_) {
    predecessor_->say({Message::Kind::kServing});
    predecessor_deadline_ = clock_.now() + node_->limits().drain + end_patience();
  } else {
    ::sd_notify(0, "READY=1");
  }
  return {};
}

Result<> NodeProcess::open_logs(const NodeConfig& config) {
  Log::Options log_options{"larder-node", config.log.target, config.log.level};
  TRY(log_, Log::open(log_options));
  if (config.access_log_target == "off") return {};
  log_options.target = config.access_log_target;
  log_options.level = Level::kInfo;
  TRY(access_log_, Log::open(log_options));
  return {};
}

void NodeProcess::say_started() {
  log_->write(Level::kInfo, "node started", [&](JsonLine& line) {
    line.add("version", kVersion).add("process", ::getpid());
    if (!node_->http().empty()) line.add("http", joined(node_->http()));
    if (!node_->https().empty()) line.add("https", joined(node_->https()));
    if (node_->status_address()) line.add("status", net::to_string(*node_->status_address()));
    if (predecessor_) line.add("place", "of the process before");
  });
}

// Where the node listens, for whoever started it on port 0, and which process it is, which a successor changes.
Result<> NodeProcess::write_ports() const {
  boost::json::object out;
  out["http"] = endpoints(node_->http());
  out["https"] = endpoints(node_->https());
  out["status"] = node_->status_address() ? net::to_string(*node_->status_address()) : "";
  out["process"] = ::getpid();
  return write_whole_file(options_.ports_file, boost::json::serialize(out) + "\n");
}

void NodeProcess::obey_signals() {
  for (;;) {
    // The successor hears of all that is outdated before this process ends.
    const bool tells = successor_ && !successor_has_ended_ && successor_->handover().has_unsent();
    const short idle_events = tells ? 0 : POLLIN;
    const short successor_events = tells ? POLLIN | POLLOUT : POLLIN;
    std::vector<pollfd> polled = {{signals_.number(), POLLIN, 0}, {idle_.number(), idle_events, 0}};
    if (predecessor_) polled.push_back({predecessor_->descriptor(), POLLIN, 0});
    if (successor_ && !successor_has_ended_) {
      polled.push_back({successor_->handover().descriptor(), successor_events, 0});
    }
    ::poll(polled.data(), polled.size(), wait_time());
    signalfd_siginfo signal{};
    while (::read(signals_.number(), &signal, sizeof signal) == sizeof signal) {
      if (!obey(static_cast<int>(signal.ssi_signo))) return;
    }
    if (predecessor_) hear_predecessor(*node_);
    if (successor_ && !successor_has_ended_) hear_successor();
    if (stage_ == Stage::kRetired) node_->forget_evicted();
    const bool waits = stage_ == Stage::kStarting || stage_ == Stage::kReleased;
    if (predecessor_ && clock_.now() >= predecessor_deadline_) kill_predecessor();
    if (waits && clock_.now() >= deadline_) give_up_successor("it does not get ready in time");
    const bool has_ended = stage_ == Stage::kRetired && (polled[1].revents != 0 || clock_.now() >= deadline_);
    if (has_ended || starts_anew_ || ends_now_) return;
  }
}

/// False: it ends this process.
bool NodeProcess::obey(int signal) {
  if (signal == SIGHUP) {
    node_->reloads().run([this] { return reload(); }, clock_.wall());
    return true;
  }
  if (signal == SIGUSR2) {
    ask_for_restart();
    return true;
  }
  log_->write(Level::kInfo, "node stopping", [&](JsonLine& line) { line.add("signal", signal); });
  if (stage_ == Stage::kStarting || stage_ == Stage::kReleased) successor_->signal(SIGTERM);
  return false;
}

int NodeProcess::wait_time() const {
  if (stage_ == Stage::kServing && !predecessor_) return -1;
  const bool tells = stage_ == Stage::kReleased || stage_ == Stage::kRetired;
  const SteadyTime next = predecessor_ ? std::min(deadline_, predecessor_deadline_) : deadline_;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock_.now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, tells ? kRetellMilliseconds : kMostMilliseconds));
}

ReloadQueue::Outcome NodeProcess::reload() {
  ReloadQueue::Outcome outcome;
  if (const auto reopened = reopen_logs(); !reopened) outcome.log_problem = reopened.error().text;
  if (predecessor_) predecessor_->say_at_once({Message::Kind::kReopenLogs});
  // A successor may have read the file before: it looks again once it serves.
  if (stage_ == Stage::kStarting || stage_ == Stage::kReleased) successor_->signal(SIGHUP);
  if (const auto renewed = node_->renew_certificate(); !renewed) outcome.certificate_problem = renewed.error().text;
  const auto text = read_configuration_file(options_.config);
  auto config = text ? parse_node_config(*text, options_.config) : Result<NodeConfig>(std::unexpected(text.error()));
  if (config) {
    reloaded_ = *text;
    outcome.after_restart = fmt::format("{}", fmt::join(keys_for_restart(configuration_, *text), ", "));
    node_->reload(*config, outcome.after_restart);
    return outcome;
  }
  log_->write(Level::kError, "configuration not reloaded; the old one stays in force",
              [&](JsonLine& line) { line.add("reason", config.error().text); });
  outcome.problem = config.error().text;
  return outcome;
}

/// What cannot be opened anew is written on, where it is. Errors: which, and why.
Result<> NodeProcess::reopen_logs() {
  log_->reopen();
  auto found = Log::check(log_->target());
  if (!access_log_) return found;
  access_log_->reopen();
  const auto access = Log::check(access_log_->target());
  if (access) return found;
  log_->write(Level::kError, "cannot reopen the access log; the old file is written on",
              [&](JsonLine& line) { line.add("reason", access.error().text); });
  return access;
}

bool NodeProcess::end() {
  const bool is_main = stage_ != Stage::kRetired;
  const bool hastily = starts_anew_ || sockets_are_held_;
  if (is_main && !starts_anew_) {
    ::sd_notify(0, "STOPPING=1");
    if (predecessor_) end_predecessor();
  }
  std::chrono::milliseconds patience = node_->limits().shutdown;
  if (hastily) patience = std::min<std::chrono::milliseconds>(patience, kHastyStop);
  if (stage_ == Stage::kRetired && clock_.now() >= deadline_) patience = {};
  if (hastily && is_main) {
    if (left_open_.empty()) leave_sockets_open();
    auto keeper = service::Doorkeeper::begin(left_open_);
    if (keeper) {
      doorkeeper_ = *std::move(keeper);
    } else {
      say_that_clients_wait(keeper.error());
    }
  } else {
    left_open_.clear();  // whoever comes is the successor's, or nobody's
  }
  const auto write_the_rest = [this] { node_.reset(); };
  const auto stop = [this, patience] {
    const bool stopped = node_->stop(patience);
    tell_the_rest();
    return stopped;
  };
  const auto stop_and_write = [stop, write_the_rest] {
    if (stop()) write_the_rest();
  };
  const bool orderly =
      hastily ? ends_in_time(stop_and_write, kHasty) && !node_ : stop() && ends_in_time(write_the_rest, kDiskPatience);
  log_->write(Level::kInfo, "node stopped", [&](JsonLine& line) { line.add("orderly", orderly); });
  doorkeeper_.reset();
  // One that has not taken this one's place is not to be left behind.
  if ((stage_ == Stage::kStarting || stage_ == Stage::kReleased) && !successor_has_ended_) successor_->end(kHastyStop);
  return orderly;
}

void NodeProcess::become_anew() {
  service::Legacy legacy{{}, sockets_are_held_};
  for (const service::InheritedSocket& socket : left_open_) {
    legacy.sockets.push_back({socket.name, socket.socket.descriptor()});
  }
  const Descriptor configuration = file_of(configuration_);
  const Descriptor reloaded = reloaded_.empty() ? Descriptor() : file_of(reloaded_);
  if (configuration.number() >= 0) {
    legacy.sockets.push_back({std::string(service::kConfigurationName), configuration.number()});
  }
  if (reloaded.number() >= 0) {
    legacy.sockets.push_back({std::string(service::kReloadedName), reloaded.number()});
  }
  log_->flush();
  if (access_log_) access_log_->flush();
  const Error why = service::become_anew(options_.command, legacy);
  say_failure("larder-node", "cannot begin anew: " + why.text);
  ::_exit(1);  // threads of the node may still end
}

}  // namespace larder::node
