#include "net/loop.h"

#include <pthread.h>

namespace larder::net {

Loop::Loop(std::string name) : name_(std::move(name)) {}

Loop::~Loop() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void Loop::start() {
  CHECK(!thread_.joinable(), "a loop is started once");
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    run();
  });
}

void Loop::run() { context_.run(); }

void Loop::stop() {
  context_.stop();
  if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) thread_.join();
}

}  // namespace larder::net
