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
#include "core/signals.h"
#include "core/version.h"
#include "core/whole_file.h"
#include "net/server_certificate.h"
#include "net/socket_file.h"
#include "node/configured_drives.h"

namespace larder::node {
namespace {

using service::Message;

constexpr auto kDiskPatience = std::chrono::seconds(20);
// A successor: to find out whether it can start.
constexpr auto kStartPatience = std::chrono::seconds(60);
// And to open the drives: the tables of tens of thousands of segments, and what was not sealed.
constexpr auto kOpenPatience = std::chrono::minutes(10);
// The process before: to write what is queued, and let go of its drives.
constexpr auto kReleasePatience = std::chrono::seconds(5);
constexpr auto kDrivesPatience = std::chrono::seconds(30);
// Where clients wait for the next process meanwhile: for what runs, and in all.
constexpr auto kHastyStop = std::chrono::seconds(3);
constexpr auto kHasty = std::chrono::milliseconds(4500);
constexpr auto kAnswersPatience = std::chrono::seconds(2);
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

/// Copies that stay open when the node's own are closed. Errors: kUnavailable.
Result<std::vector<service::InheritedSocket>> copy(const std::vector<service::HandedOn>& sockets) {
  std::vector<service::InheritedSocket> copies;
  for (const service::HandedOn& socket : sockets) {
    TRY(auto original, net::ListeningSocket::adopt(Descriptor(::dup(socket.descriptor))));
    copies.push_back({socket.name, std::move(original)});
  }
  return copies;
}

/// What a process hands to itself as it begins anew: a file that is nowhere. -1: no descriptor is left.
Descriptor file_of(const std::string& text) {
  Descriptor file(::memfd_create("configuration", MFD_CLOEXEC));
  const auto written = ::write(file.number(), text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ? std::move(file) : Descriptor();
}

// Its folder may be made by who starts the node, when that is: RuntimeDirectory= of systemd.
Result<> check_control(const std::string& path) {
  if (path.empty()) return {};
  auto fits = net::SocketFile::check(path);
  if (fits || fits.error().code != Errc::kNotFound) return fits;
  std::fprintf(stderr, "%s; a start needs it\n", fits.error().text.c_str());
  return {};
}

}  // namespace

Result<NodeConfig> NodeProcess::load(const std::string& file) {
  TRY(const std::string text, read_text_file(file));
  return parse_node_config(text, file);
}

Result<> NodeProcess::check(const NodeConfig& config) {
  if (!config.listen.https.empty()) {
    TRY_VOID(net::ServerCertificate::check(config.tls_certificate, config.tls_key, SystemClock().wall()));
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
  if (starts_anew_) return std::unexpected(become_anew());
  if (!orderly) {
    log_->flush();
    if (access_log_) access_log_->flush();
    ::_exit(0);  // what hangs would hang the destructors too; the drives are safe at any moment
  }
  return 0;
}

Result<> NodeProcess::start() {
  TRY(service::Inherited inherited, service::take_inherited());
  if (inherited.handover) predecessor_ = std::make_unique<service::Handover>(*std::move(inherited.handover));
  auto started = start_with(std::move(inherited));
  if (!started && predecessor_) predecessor_->say({Message::Kind::kFailed, {}, started.error().text});
  return started;
}

/// The file's text, unless this process begins anew: then what was in force, as the file may be what it failed for.
Result<NodeConfig> NodeProcess::read_configuration(const std::optional<Descriptor>& handed_on) {
  const std::string file = handed_on ? fmt::format("/proc/self/fd/{}", handed_on->number()) : options_.config;
  TRY(configuration_, read_text_file(file));
  return parse_node_config(configuration_, options_.config);
}

Result<> NodeProcess::start_with(service::Inherited inherited) {
  sockets_are_held_ = inherited.sockets_are_held;
  if (!predecessor_ && !inherited.sockets.empty()) {
    TRY(doorkeeper_, service::Doorkeeper::begin(inherited.sockets));
  }
  TRY(auto config, read_configuration(inherited.configuration));
  TRY_VOID(check_drives(config, options_.config, disk_));
  TRY_VOID(open_logs(config));
  Node::Place place;
  place.sockets = std::move(inherited.sockets);
  place.purged = [this] { end_answers_of_predecessor(); };
  place.takes_over = predecessor_ != nullptr;
  place.before_drives = [this] { return take_drives(); };
  // What it said of outdated URLs before it let go of the drives.
  place.before_serving = [this](Node& node) {
    if (predecessor_) hear_predecessor(node);
  };
  TRY(node_, Node::start(std::move(config), std::move(place), disk_, clock_, *log_, access_log_.get()));
  if (doorkeeper_) node_->take_in(doorkeeper_->end());
  doorkeeper_.reset();
  say_started();
  if (!options_.ports_file.empty()) {
    TRY_VOID(write_ports());
  }
  if (predecessor_) {
    predecessor_->say({Message::Kind::kServing});
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

/// Those of the process before, which may have ended meanwhile.
Result<> NodeProcess::take_drives() {
  if (!predecessor_) return {};
  predecessor_->say({Message::Kind::kDrivesWanted});
  const auto free = predecessor_->wait_for(Message::Kind::kDrivesFree, clock_.now() + kDrivesPatience);
  if (free || free.error().code == Errc::kUnavailable) return {};
  return fail(free.error().code, "the process whose place this one takes does not let go of the drives: {}",
              free.error().text);
}

void NodeProcess::say_started() {
  log_->write(Level::kInfo, "node started", [&](JsonLine& line) {
    line.add("version", kVersion).add("process", ::getpid());
    for (const net::Endpoint& endpoint : node_->http()) line.add("http", net::to_string(endpoint));
    for (const net::Endpoint& endpoint : node_->https()) line.add("https", net::to_string(endpoint));
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
    std::vector<pollfd> polled = {{signals_.number(), POLLIN, 0}, {idle_.number(), idle_events, 0}};
    if (predecessor_) polled.push_back({predecessor_->descriptor(), POLLIN, 0});
    if (successor_ && !successor_has_ended_) polled.push_back({successor_->handover().descriptor(), POLLIN, 0});
    ::poll(polled.data(), polled.size(), wait_time());
    signalfd_siginfo signal{};
    while (::read(signals_.number(), &signal, sizeof signal) == sizeof signal) {
      if (!obey(static_cast<int>(signal.ssi_signo))) return;
    }
    if (predecessor_) hear_predecessor(*node_);
    if (successor_ && !successor_has_ended_) hear_successor();
    if (stage_ == Stage::kRetired) node_->forget_evicted();
    const bool waits = stage_ == Stage::kStarting || stage_ == Stage::kReleased;
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
  if (stage_ == Stage::kServing) return -1;
  const bool tells = stage_ == Stage::kReleased || stage_ == Stage::kRetired;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock_.now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, tells ? kRetellMilliseconds : kMostMilliseconds));
}

Result<> NodeProcess::reload() {
  log_->reopen();
  if (access_log_) access_log_->reopen();
  node_->renew_certificate();
  const auto text = read_text_file(options_.config);
  auto config = text ? parse_node_config(*text, options_.config) : Result<NodeConfig>(std::unexpected(text.error()));
  if (config) {
    configuration_ = *text;
    node_->reload(*config);
    return {};
  }
  log_->write(Level::kError, "configuration not reloaded; the old one stays in force",
              [&](JsonLine& line) { line.add("reason", config.error().text); });
  return std::unexpected(std::move(config).error());
}

void NodeProcess::hear_predecessor(Node& node) {
  for (;;) {
    const auto message = predecessor_->read();
    if (message && message->kind == Message::Kind::kOutdated) node.forget_outdated(message->url);
    if (message && message->kind == Message::Kind::kAllOutdated) node.forget_all_outdated();
    if (message && message->kind == Message::Kind::kAnswersEnded) {
      const std::lock_guard lock(predecessor_mutex_);
      predecessor_answers_ = false;
      predecessor_changed_.notify_all();
    }
    if (message) continue;
    if (message.error().code == Errc::kNotFound) return;
    forget_predecessor();
    log_->write(Level::kInfo, "the process before has ended");
    if (std::exchange(restart_is_wanted_, false)) start_successor();
    return;
  }
}

void NodeProcess::forget_predecessor() {
  const std::lock_guard lock(predecessor_mutex_);
  predecessor_.reset();
  predecessor_changed_.notify_all();
}

/// Something was purged here, and it would answer what it has been asked on a kept connection as if it had not been.
/// One that does not hear ends soon, and is waited for no longer.
void NodeProcess::end_answers_of_predecessor() {
  std::unique_lock lock(predecessor_mutex_);
  if (!predecessor_ || !predecessor_answers_) return;
  predecessor_->say({Message::Kind::kAnswersEnd});
  predecessor_changed_.wait_for(lock, kAnswersPatience, [this] { return !predecessor_ || !predecessor_answers_; });
}

void NodeProcess::ask_for_restart() {
  if (stage_ != Stage::kServing) {
    log_->write(Level::kWarning, "a successor has been started already",
                [&](JsonLine& line) { line.add("process", successor_->id()); });
    return;
  }
  if (!predecessor_) return start_successor();
  // One that still sends is enough.
  log_->write(Level::kInfo, "the process before is to end now, as this one is to get a successor");
  predecessor_->say({Message::Kind::kEnd});
  restart_is_wanted_ = true;
}

void NodeProcess::start_successor() {
  auto started = service::Successor::start(options_.command, {node_->sockets(), sockets_are_held_});
  if (!started) {
    return log_->write(Level::kError, "no successor can be started; this process goes on",
                       [&](JsonLine& line) { line.add("reason", started.error().text); });
  }
  successor_ = *std::move(started);
  successor_has_ended_ = false;
  stage_ = Stage::kStarting;
  deadline_ = clock_.now() + kStartPatience;
  log_->write(Level::kInfo, "a successor starts", [&](JsonLine& line) { line.add("process", successor_->id()); });
}

void NodeProcess::hear_successor() {
  service::Handover& handover = successor_->handover();
  if (handover.has_unsent()) handover.send_rest();
  for (;;) {
    const auto message = handover.read();
    if (message && message->kind == Message::Kind::kDrivesWanted && stage_ == Stage::kStarting) release_drives();
    if (message && message->kind == Message::Kind::kServing && stage_ == Stage::kReleased) retire();
    if (message && message->kind == Message::Kind::kFailed) why_it_failed_ = message->text;
    if (message && message->kind == Message::Kind::kEnd) ends_now_ = stage_ == Stage::kRetired;
    if (message && message->kind == Message::Kind::kAnswersEnd && stage_ == Stage::kRetired) {
      node_->end_answers([&handover] { handover.say({Message::Kind::kAnswersEnded}); });
    }
    if (message) continue;
    if (message.error().code == Errc::kNotFound) return;
    return lose_successor(successor_->end());
  }
}

void NodeProcess::release_drives() {
  node_->release_drives(clock_.now() + kReleasePatience,
                        [&handover = successor_->handover()](const auto& url) { handover.say_outdated(url); });
  stage_ = Stage::kReleased;
  deadline_ = clock_.now() + kOpenPatience;
  successor_->handover().say({Message::Kind::kDrivesFree});
  log_->write(Level::kInfo, "the successor has the drives",
              [&](JsonLine& line) { line.add("process", successor_->id()); });
}

void NodeProcess::retire() {
  stage_ = Stage::kRetired;
  deadline_ = clock_.now() + node_->limits().drain;
  // From now on it is the successor that a supervisor watches.
  ::sd_notifyf(0, "MAINPID=%d\nREADY=1", static_cast<int>(successor_->id()));
  // If the successor dies, this process is there again.
  if (auto copies = copy(node_->sockets())) left_open_ = *std::move(copies);
  node_->retire([idle = idle_.number()] {
    const std::uint64_t one = 1;
    static_cast<void>(::write(idle, &one, sizeof one));
  });
  log_->write(Level::kInfo, "the successor serves; this process ends after its last response",
              [&](JsonLine& line) { line.add("process", successor_->id()); });
}

void NodeProcess::lose_successor(const std::string& how) {
  successor_has_ended_ = true;
  if (ends_now_) return;  // as it has said
  // Without drives this process is half a node, and another program, or configuration, did not start with them, or has
  // died since.
  starts_anew_ = stage_ != Stage::kStarting;
  std::string_view what = "the successor did not start; this process goes on";
  if (stage_ == Stage::kReleased) what = "the successor did not start with the drives; this process begins anew";
  if (stage_ == Stage::kRetired) {
    what = "the successor has died; this process begins anew";
    ::sd_notifyf(0, "MAINPID=%d", static_cast<int>(::getpid()));
  }
  stage_ = Stage::kServing;
  log_->write(Level::kError, what, [&](JsonLine& line) {
    line.add("process", successor_->id());
    line.add("reason", why_it_failed_.empty() ? how : fmt::format("{}: {}", how, why_it_failed_));
  });
  why_it_failed_.clear();
}

void NodeProcess::give_up_successor(const std::string& why) {
  successor_->signal(SIGKILL);
  lose_successor(why + "; " + successor_->end());
}

bool NodeProcess::end() {
  const bool is_main = stage_ != Stage::kRetired;
  const bool hastily = starts_anew_ || sockets_are_held_;
  if (is_main && !starts_anew_) {
    ::sd_notify(0, "STOPPING=1");
    if (predecessor_) predecessor_->say({Message::Kind::kEnd});
  }
  if (stage_ == Stage::kRetired && !successor_has_ended_ && successor_->handover().has_unsent()) {
    successor_->handover().say({Message::Kind::kAllOutdated});  // there is no more time for each
  }
  std::chrono::milliseconds patience = node_->limits().shutdown;
  if (hastily) patience = std::min<std::chrono::milliseconds>(patience, kHastyStop);
  if (stage_ == Stage::kRetired && clock_.now() >= deadline_) patience = {};
  if (hastily && is_main && left_open_.empty()) {
    if (auto copies = copy(node_->sockets())) left_open_ = *std::move(copies);
  }
  if (hastily && is_main) {
    if (auto keeper = service::Doorkeeper::begin(left_open_)) doorkeeper_ = *std::move(keeper);
  } else {
    left_open_.clear();  // whoever comes is the successor's, or nobody's
  }
  const auto stop = [this, patience] { return node_->stop(patience); };
  const auto write_the_rest = [this] { node_.reset(); };
  const bool orderly = hastily ? ends_in_time(
                                     [=] {
                                       if (stop()) write_the_rest();
                                     },
                                     kHasty) &&
                                     !node_
                               : stop() && ends_in_time(write_the_rest, kDiskPatience);
  log_->write(Level::kInfo, "node stopped", [&](JsonLine& line) { line.add("orderly", orderly); });
  doorkeeper_.reset();
  // One that has not taken this one's place is not to be left behind.
  if ((stage_ == Stage::kStarting || stage_ == Stage::kReleased) && !successor_has_ended_) successor_->end(kHastyStop);
  return orderly;
}

Error NodeProcess::become_anew() {
  log_->flush();
  if (access_log_) access_log_->flush();
  service::Legacy legacy{{}, sockets_are_held_};
  for (const service::InheritedSocket& socket : left_open_) {
    legacy.sockets.push_back({socket.name, socket.socket.descriptor()});
  }
  const Descriptor configuration = file_of(configuration_);
  if (configuration.number() >= 0) {
    legacy.sockets.push_back({std::string(service::kConfigurationName), configuration.number()});
  }
  return service::become_anew(options_.command, legacy);
}

}  // namespace larder::node
