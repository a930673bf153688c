// NodeProcess: taking another process's place, and giving its own to a successor.
#include <fcntl.h>
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "node/node_process.h"

namespace larder::node {
namespace {

using service::Message;

// A successor: to find out whether it can start.
constexpr auto kStartPatience = std::chrono::seconds(60);
// And to open the drives: the tables of tens of thousands of segments, and what was not sealed.
constexpr auto kOpenPatience = std::chrono::minutes(10);
// The process before: to write what is queued, and let go of its drives.
constexpr auto kReleasePatience = std::chrono::seconds(5);
constexpr auto kDrivesPatience = std::chrono::seconds(30);
// And to end its answers.
constexpr auto kAnswersPatience = std::chrono::seconds(2);
// And to end, beside its responses, before it counts as hanging.
constexpr auto kEndPatience = std::chrono::seconds(60);

/// Copies that stay open when the node's own are closed. Errors: kUnavailable.
Result<std::vector<service::InheritedSocket>> copy(const std::vector<service::HandedOn>& sockets) {
  std::vector<service::InheritedSocket> copies;
  for (const service::HandedOn& socket : sockets) {
    Descriptor copied(::fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0));
    if (copied.number() < 0) return fail_errno(errno, "a socket that listens");
    TRY(auto adopted, net::ListeningSocket::adopt(std::move(copied)));
    copies.push_back({socket.name, std::move(adopted)});
  }
  return copies;
}

}  // namespace

/// Those of the process before. If that ends before this one serves, clients are not left waiting meanwhile.
Result<> NodeProcess::take_drives() {
  if (!predecessor_) return {};
  sigset_t waiting;
  if (::sigpending(&waiting) == 0 && (::sigismember(&waiting, SIGTERM) == 1 || ::sigismember(&waiting, SIGINT) == 1)) {
    return fail(Errc::kCancelled, "it was told to end");
  }
  TRY(doorkeeper_, service::Doorkeeper::begin(left_open_, predecessor_->descriptor()));
  predecessor_->say({Message::Kind::kDrivesWanted});
  const auto free = predecessor_->wait_for(Message::Kind::kDrivesFree, clock_.now() + kDrivesPatience);
  const bool has_ended = !free && free.error().code == Errc::kUnavailable;
  if (free || has_ended) return {};
  return fail(free.error().code, "the process whose place this one takes does not let go of the drives: {}",
              free.error().text);
}

void NodeProcess::hear_predecessor(Node& node) {
  for (;;) {
    const auto message = predecessor_->read();
    if (message && message->kind == Message::Kind::kOutdated) node.forget_outdated(message->url);
    if (message && message->kind == Message::Kind::kAllOutdated) node.forget_all_outdated();
    if (message && message->kind == Message::Kind::kAnswersEnded) {
      const std::lock_guard lock(predecessor_mutex_);
      ++purges_heard_;
      predecessor_changed_.notify_all();
    }
    if (message && message->kind == Message::Kind::kAllTold) predecessor_told_all_ = true;
    if (message) continue;
    if (message.error().code == Errc::kNotFound) return;
    forget_predecessor();
    log_->write(Level::kInfo, "the process before has ended");
    if (!predecessor_told_all_) {
      log_->write(Level::kWarning, "it has not said all that changed: origins are asked about all that is stored");
      node.forget_all_outdated();
    }
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
/// False: it does not hear, and goes on for limits.drain at most.
bool NodeProcess::end_answers_of_predecessor() {
  std::unique_lock lock(predecessor_mutex_);
  if (!predecessor_) return true;
  const std::uint64_t number = ++purges_told_;
  const auto is_over = [&] { return !predecessor_ || purges_heard_ >= number; };
  const std::shared_ptr<service::Handover> other = predecessor_;
  lock.unlock();
  other->say({Message::Kind::kAnswersEnd});
  lock.lock();
  return predecessor_changed_.wait_for(lock, kAnswersPatience, is_over);
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
  end_predecessor();
  predecessor_deadline_ = std::min(predecessor_deadline_, clock_.now() + end_patience());
  restart_is_wanted_ = true;
}

/// What the process before may take to end: its responses, and what its drives take.
SteadyTime::duration NodeProcess::end_patience() const { return node_->limits().shutdown + kEndPatience; }

void NodeProcess::end_predecessor() {
  if (!predecessor_->say_at_once({Message::Kind::kEnd})) predecessor_->signal_process_before(SIGTERM);
}

/// It hangs: nothing that it has is worth a restart, or purges, that are not done.
void NodeProcess::kill_predecessor() {
  predecessor_deadline_ = SteadyTime::max();
  log_->write(Level::kError, "the process before does not end, and is killed",
              [&](JsonLine& line) { line.add("process", predecessor_->process_before()); });
  predecessor_->signal_process_before(SIGKILL);
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
  bool wants_drives = false;
  for (;;) {
    const auto message = handover.read();
    if (message && message->kind == Message::Kind::kDrivesWanted) wants_drives = stage_ == Stage::kStarting;
    if (message && message->kind == Message::Kind::kServing && stage_ == Stage::kReleased) retire();
    if (message && message->kind == Message::Kind::kFailed) why_it_failed_ = message->text;
    if (message && message->kind == Message::Kind::kEnd) ends_now_ = stage_ == Stage::kRetired;
    if (message && message->kind == Message::Kind::kAnswersEnd) {
      node_->purge_all_here();
      ends_answers_ = true;
      handover.say({Message::Kind::kAnswersEnded});
    }
    if (message && message->kind == Message::Kind::kReopenLogs) static_cast<void>(reopen_logs());
    if (stage_ == Stage::kRetired && std::exchange(ends_answers_, false)) node_->end_answers();
    if (message) continue;
    if (message.error().code != Errc::kNotFound) return lose_successor(successor_->end());
    if (wants_drives) release_drives();  // it has not ended since
    return;
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
  leave_sockets_open();
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

/// What it says no more, the successor takes for changed: all.
void NodeProcess::tell_the_rest() {
  if (stage_ == Stage::kRetired && !successor_has_ended_) successor_->handover().say_all_told();
}

/// Copies, for when the node's own are closed.
void NodeProcess::leave_sockets_open() {
  auto copies = copy(node_->sockets());
  if (!copies) return say_that_clients_wait(copies.error());
  left_open_ = *std::move(copies);
}

void NodeProcess::say_that_clients_wait(const Error& why) {
  log_->write(Level::kError, "clients are refused, or wait, while no process of this node serves",
              [&](JsonLine& line) { line.add("reason", why.text); });
}

}  // namespace larder::node
