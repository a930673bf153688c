// Housekeeper: once an hour removes from the database what has run out.
//
// Owns       its thread, which its end waits for.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/clock.h"
#include "core/log.h"
#include "database/database.h"

namespace larder::api {

class Housekeeper {
 public:
  static constexpr auto kInterval = std::chrono::hours(1);

  /// The references must outlive it.
  Housekeeper(database::Database& database, const Clock& clock, Log& log);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void run();
  void clean_up();

  database::Database& database_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace larder::api
