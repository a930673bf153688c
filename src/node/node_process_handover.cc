// NodeProcess: taking another process's place, and giving its own to a successor.
#include <systemd/sd-daemon.h>
#include <unistd.h>

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

/// Copies that stay open when the node's own are closed. Errors: kUnavailable.
Result<std::vector<service::InheritedSocket>> copy(const std::vector<service::HandedOn>& sockets) {
  std::vector<service::InheritedSocket> copies;
  for (const service::HandedOn& socket : sockets) {
    TRY(auto original, net::ListeningSocket::adopt(Descriptor(::dup(socket.descriptor))));
    copies.push_back({socket.name, std::move(original)});
  }
  return copies;
}

}  // namespace

/// Those of the process before. If that ends before this one serves, clients are not left waiting meanwhile.
Result<> NodeProcess::take_drives() {
  if (!predecessor_) return {};
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
    if (message && message->kind == Message::Kind::kAnswersEnd) ends_answers_ = true;
    if (stage_ == Stage::kRetired && std::exchange(ends_answers_, false)) {
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

/// Copies, for when the node's own are closed.
void NodeProcess::leave_sockets_open() {
  if (auto copies = copy(node_->sockets())) left_open_ = *std::move(copies);
}

}  // namespace larder::node
