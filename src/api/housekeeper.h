// Housekeeper: once an hour removes from the database what has run out; each minute looks again at address blocks whose
// obstacle is gone, as far as the request that removed it left them.
//
// Owns       its thread, which its end waits for.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

#include "core/clock.h"
#include "core/log.h"
#include "database/database.h"
#include "portal/ip_space.h"

namespace larder::api {

class Housekeeper {
 public:
  static constexpr auto kInterval = std::chrono::minutes(1);
  static constexpr int kRoundsToCleanUp = 60;
  static constexpr int kNodesARound = 200;  // to look at again, each in a transaction of its own

  /// The references, and what `rules` refers to, must outlive it.
  Housekeeper(database::Database& database, portal::IpSpaceRules rules, const Clock& clock, Log& log);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void run();
  void clean_up();
  void look_again();
  bool is_stopping();
  void complain(std::string_view what, const portal::Problem& problem);

  database::Database& database_;
  portal::IpSpaceRules rules_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace larder::api
