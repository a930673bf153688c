#include "node/control.h"

#include <utility>

namespace larder::node {
namespace {

// What blocks may hang with a disk: then what does not is answered all the same.
constexpr std::size_t kControlThreads = 4;
constexpr std::size_t kControlQueue = Control::kConnections;
constexpr auto kControlPatience = std::chrono::seconds(10);
constexpr auto kStopPatience = std::chrono::seconds(2);

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

Result<std::unique_ptr<Control>> Control::listen(const std::string& path, pid_t before, ControlActions::Subject node,
                                                 std::shared_ptr<const origin::RuleSet> rules, Log& log) {
  TRY(auto file, net::SocketFile::listen(path, kMode, before));
  Descriptor descriptor = file.release();
  std::unique_ptr<Control> control(new Control(std::move(file), std::move(node), std::move(rules), log));
  TRY_VOID(control->server_.listen_on(std::move(descriptor)));
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
  file_.reset();
  return server_.end(kStopPatience);
}

}  // namespace larder::node
