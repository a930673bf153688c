#include "api/housekeeper.h"

#include <pthread.h>

#include "portal/clean_up.h"

namespace larder::api {

Housekeeper::Housekeeper(database::Database& database, const Clock& clock, Log& log)
    : database_(database), clock_(clock), log_(log), thread_([this] { run(); }) {}

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Housekeeper::run() {
  pthread_setname_np(pthread_self(), "housekeeper");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    clean_up();
    lock.lock();
    changed_.wait_for(lock, kInterval, [this] { return stopping_; });
  }
}

void Housekeeper::clean_up() {
  const auto removed =
      database_.write([&](database::Transaction& transaction) { return portal::clean_up(transaction, clock_.wall()); });
  if (!removed) {
    const std::string& reason = removed.error().internal.empty() ? removed.error().detail : removed.error().internal;
    log_.write(Level::kWarning, "clean-up failed; it is tried again in an hour",
               [&](JsonLine& line) { line.add("reason", reason); });
  } else if (*removed > 0) {
    log_.write(Level::kInfo, "removed what has run out", [&](JsonLine& line) { line.add("rows", *removed); });
  }
}

}  // namespace larder::api
