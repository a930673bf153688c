// Housekeeper: once an hour removes from the database what has run out; as soon as something is noted, and each minute,
// looks again at address blocks whose obstacle is gone.
//
// Organisations take turns, one node at a time, each in a transaction of its own; after so many it rests for a second.
//
// Owns       its thread, which its end waits for.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/clock.h"
#include "core/log.h"
#include "database/database.h"
#include "space/ip_space.h"

namespace larder::portal {

class Housekeeper {
 public:
  static constexpr auto kInterval = std::chrono::minutes(1);
  static constexpr auto kRest = std::chrono::seconds(1);  // when there is more to look at
  static constexpr auto kCleanUpInterval = std::chrono::hours(1);
  static constexpr std::size_t kNodesARound = 50;  // to look at again

  /// The references, and what `rules` refers to, must outlive it.
  Housekeeper(database::Database& database, space::IpSpaceRules rules, const Clock& clock, Log& log);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void run();
  void clean_up();
  /// True: there is more to look at.
  bool look_again();
  ledger::Result<std::size_t> look_at_one_of_each(std::size_t most);
  bool is_stopping();
  void complain(std::string_view what, const ledger::Problem& problem);

  database::Database& database_;
  space::IpSpaceRules rules_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool noted_ = false;             // there may be something to look at
  std::string last_organisation_;  // up to it they have had their turn; only on the thread
  std::thread thread_;
  database::ChangeFeed::Subscription subscription_;  // last: what it calls uses what is above
};

}  // namespace larder::portal
