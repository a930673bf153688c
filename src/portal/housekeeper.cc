#include "portal/housekeeper.h"

#include <pthread.h>

#include <algorithm>
#include <limits>

#include "fleet/ip_recheck.h"
#include "portal/clean_up.h"
#include "space/ip_waiting.h"

namespace larder::portal {

Housekeeper::Housekeeper(database::Database& database, space::IpSpaceRules rules, const Clock& clock, Log& log)
    : database_(database), rules_(rules), clock_(clock), log_(log), thread_([this] { run(); }) {
  subscription_ = database_.changes().subscribe([this](const database::Change& change) {
    if (change.kind != space::kRecheckChange) return;
    {
      const std::lock_guard lock(mutex_);
      noted_ = true;
    }
    changed_.notify_all();
  });
}

Housekeeper::~Housekeeper() {
  subscription_.reset();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Housekeeper::run() {
  pthread_setname_np(pthread_self(), "housekeeper");
  SteadyTime next_clean_up = clock_.now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    noted_ = false;
    lock.unlock();
    if (clock_.now() >= next_clean_up) {
      clean_up();
      next_clean_up = clock_.now() + kCleanUpInterval;
    }
    const bool more = look_again();
    lock.lock();
    if (more) {
      changed_.wait_for(lock, kRest, [this] { return stopping_; });
    } else {
      changed_.wait_for(lock, kInterval, [this] { return stopping_ || noted_; });
    }
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

bool Housekeeper::look_again() {
  std::size_t left = kNodesARound;
  while (left > 0 && !is_stopping()) {
    const bool from_the_first = last_organisation_.empty();
    const auto looked = look_at_one_of_each(left);
    if (!looked) {
      complain("looking at waiting address blocks failed; it is tried again in a minute", looked.error());
      return false;
    }
    if (*looked == 0 && from_the_first) return false;
    left -= *looked;
  }
  return true;
}

/// Of the next `most` organisations. 0: none comes behind the last one; then it begins with the first. One that fails
/// keeps the others from nothing.
ledger::Result<std::size_t> Housekeeper::look_at_one_of_each(std::size_t most) {
  constexpr fleet::RecheckLimit kOne{1, std::numeric_limits<std::int32_t>::max()};
  TRY(const auto organisations, database_.read([&](database::Transaction& transaction) {
    return space::find_waiting_organisations(transaction, last_organisation_, most);
  }));
  last_organisation_ = organisations.size() < most ? "" : *std::ranges::max_element(organisations);
  ledger::Result<std::size_t> outcome = organisations.size();
  for (const std::string& id : organisations) {
    if (is_stopping()) break;
    auto looked = database_.write([&](database::Transaction& transaction) {
      return fleet::look_again(transaction, clock_.wall(), rules_, id, kOne);
    });
    if (!looked) outcome = std::unexpected(std::move(looked).error());
  }
  return outcome;
}

bool Housekeeper::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Housekeeper::complain(std::string_view what, const ledger::Problem& problem) {
  log_.write(Level::kWarning, what,
             [&](JsonLine& line) { line.add("reason", problem.internal.empty() ? problem.detail : problem.internal); });
}

}  // namespace larder::portal
