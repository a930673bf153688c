// PostgresFeed: changes that any program announces with NOTIFY, heard on a connection of its own.
//
// A lost connection is made anew, with pauses that grow; what was said meanwhile is lost, so Change::everything()
// follows.
//
// Owns       the connection and its thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "core/result.h"
#include "database/change_feed.h"
#include "database/postgres_connection.h"
#include "database/postgres_server.h"
#include "database/subscribers.h"

namespace larder::database {

class PostgresFeed final : public ChangeFeed {
 public:
  static constexpr auto kFirstPause = std::chrono::milliseconds(100);
  static constexpr auto kLongestPause = std::chrono::seconds(5);

  /// Hears everything that is committed after this returns. Errors: kUnavailable, kRefused.
  static Result<std::unique_ptr<PostgresFeed>> start(PostgresServer& server);
  ~PostgresFeed() override;

  Subscription subscribe(Listener listener) override { return subscribers_.add(std::move(listener)); }

  /// The statement that announces a change in a transaction; {} stands for its payload, quoted.
  static constexpr std::string_view kAnnounce = "SELECT pg_notify('larder_change', {}); ";
  static std::string to_payload(const Change& change) { return change.kind + " " + change.id; }

 private:
  PostgresFeed(PostgresServer& server, std::unique_ptr<PostgresConnection> connection, int wakeup);
  static Result<std::unique_ptr<PostgresConnection>> listen(PostgresServer& server);
  void run();
  void hear();
  /// Whether it is connected again; false: it stops.
  bool reconnect();
  /// Waits for the server to say something, or for the end; false: the end.
  bool wait(int socket, std::chrono::milliseconds limit);

  PostgresServer& server_;
  Subscribers subscribers_;
  std::unique_ptr<PostgresConnection> connection_;
  const int wakeup_;  // an eventfd: stop
  std::thread thread_;
};

}  // namespace larder::database
