#include "node/control.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace larder::node {
namespace {

// What blocks may hang with a disk: then what does not is answered all the same.
constexpr std::size_t kControlThreads = 4;
constexpr std::size_t kControlQueue = 16;
constexpr auto kControlPatience = std::chrono::seconds(10);
constexpr auto kStopPatience = std::chrono::seconds(2);
constexpr auto kAbortPatience = std::chrono::seconds(5);

http::Server::Options control_options() {
  http::Server::Options options;
  options.session.head_bytes = 64 * kKiB;  // an encoded URL takes up to three times its bytes
  options.session.idle = kControlPatience;
  options.session.head = kControlPatience;
  options.session.body = kControlPatience;
  options.busy = "the control socket has as many connections as it may have";
  return options;
}

}  // namespace

Result<std::unique_ptr<Control>> Control::listen(const std::string& path, net::SocketFile::Living living,
                                                 ControlActions::Subject node,
                                                 std::shared_ptr<const origin::RuleSet> rules, Log& log) {
  TRY(auto file, net::SocketFile::listen(path, kMode, living));
  const int descriptor = file.release();
  std::unique_ptr<Control> control(new Control(std::move(file), std::move(node), std::move(rules), log));
  TRY_VOID(control->server_.listen_on(descriptor));
  return control;
}

Control::Control(net::SocketFile file, ControlActions::Subject node, std::shared_ptr<const origin::RuleSet> rules,
                 Log& log)
    : file_(std::make_unique<net::SocketFile>(std::move(file))),
      actions_(std::move(node), std::move(rules)),
      pool_("control", kControlThreads, kControlQueue),
      handler_(actions_, pool_, loop_.executor()),
      server_(loop_, handler_, control_options(), connections_, observer_, log) {
  connections_.limit = kConnections;
}

Control::~Control() {
  loop_.stop();
  pool_.stop();
}

void Control::start() {
  server_.start();
  loop_.start();
}

bool Control::stop() {
  // Shared: the loop may come to it when nobody waits any more.
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool idle = false;
  };
  const auto gate = std::make_shared<Gate>();
  const auto told = [gate] {
    {
      const std::lock_guard lock(gate->mutex);
      gate->idle = true;
    }
    gate->changed.notify_all();
  };
  file_.reset();
  loop_.post([this, told] {
    server_.stop();
    server_.when_idle(told);
  });
  std::unique_lock lock(gate->mutex);
  const auto is_idle = [&] { return gate->idle; };
  if (gate->changed.wait_for(lock, kStopPatience, is_idle)) return true;
  // Somebody who does not take an answer, or a disk that hangs.
  loop_.post([this] { server_.abort(); });
  return gate->changed.wait_for(lock, kAbortPatience, is_idle);
}

}  // namespace larder::node
