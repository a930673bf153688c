#include "api/housekeeper.h"

#include <pthread.h>

#include <limits>

#include "portal/clean_up.h"
#include "portal/ip_recheck.h"

namespace larder::api {

Housekeeper::Housekeeper(database::Database& database, portal::IpSpaceRules rules, const Clock& clock, Log& log)
    : database_(database), rules_(rules), clock_(clock), log_(log), thread_([this] { run(); }) {}

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
  for (int round = 0; !stopping_; ++round) {
    lock.unlock();
    if (round % kRoundsToCleanUp == 0) clean_up();
    look_again();
    lock.lock();
    changed_.wait_for(lock, kInterval, [this] { return stopping_; });
  }
}

void Housekeeper::clean_up() {
  const auto removed =
      database_.write([&](database::Transaction& transaction) { return portal::clean_up(transaction, clock_.wall()); });
  if (!removed) {
    complain("clean-up failed; it is tried again in an hour", removed.error());
  } else if (*removed > 0) {
    log_.write(Level::kInfo, "removed what has run out", [&](JsonLine& line) { line.add("rows", *removed); });
  }
}

void Housekeeper::look_again() {
  constexpr portal::RecheckLimit kOne{1, std::numeric_limits<std::int32_t>::max()};
  for (int i = 0; i < kNodesARound && !is_stopping(); ++i) {
    const auto looked = database_.write([&](database::Transaction& transaction) {
      return portal::look_again(transaction, clock_.wall(), rules_, kOne);
    });
    if (!looked) complain("looking at waiting address blocks failed; it is tried again in a minute", looked.error());
    if (!looked || *looked == 0) return;
  }
}

bool Housekeeper::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Housekeeper::complain(std::string_view what, const portal::Problem& problem) {
  log_.write(Level::kWarning, what,
             [&](JsonLine& line) { line.add("reason", problem.internal.empty() ? problem.detail : problem.internal); });
}

}  // namespace larder::api
