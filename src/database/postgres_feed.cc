#include "database/postgres_feed.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace larder::database {
namespace {

constexpr auto kForever = std::chrono::milliseconds(-1);

Change to_change(std::string_view payload) {
  const auto blank = payload.find(' ');
  if (blank == std::string_view::npos) return Change::everything();
  return {std::string(payload.substr(0, blank)), std::string(payload.substr(blank + 1))};
}

}  // namespace

Result<std::unique_ptr<PostgresFeed>> PostgresFeed::start(PostgresServer& server) {
  TRY(auto connection, listen(server));
  const int wakeup = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeup < 0) return fail_errno(errno, "eventfd");
  return std::unique_ptr<PostgresFeed>(new PostgresFeed(server, std::move(connection), wakeup));
}

PostgresFeed::PostgresFeed(PostgresServer& server, std::unique_ptr<PostgresConnection> connection, int wakeup)
    : server_(server), connection_(std::move(connection)), wakeup_(wakeup), thread_([this] { run(); }) {}

PostgresFeed::~PostgresFeed() {
  ::eventfd_write(wakeup_, 1);
  thread_.join();
  ::close(wakeup_);
}

Result<std::unique_ptr<PostgresConnection>> PostgresFeed::listen(PostgresServer& server) {
  TRY(auto connection, server.connect());
  TRY_VOID(connection->execute("LISTEN larder_change"));
  return connection;
}

void PostgresFeed::run() {
  while (true) {
    hear();  // before the first wait too: something may have come with the answer to LISTEN
    if (!wait(::PQsocket(connection_->handle()), kForever)) return;
    if (::PQconsumeInput(connection_->handle()) != 0) continue;
    hear();
    server_.note_lost("the connection that hears of changes was closed");
    if (!reconnect()) return;
    subscribers_.tell(Change::everything());
  }
}

void PostgresFeed::hear() {
  struct Free {
    void operator()(::PGnotify* notification) const { ::PQfreemem(notification); }
  };
  while (true) {
    const std::unique_ptr<::PGnotify, Free> notification(::PQnotifies(connection_->handle()));
    if (!notification) return;
    subscribers_.tell(to_change(notification->extra));
  }
}

bool PostgresFeed::reconnect() {
  for (std::chrono::milliseconds pause = kFirstPause; wait(-1, pause);
       pause = std::min<std::chrono::milliseconds>(2 * pause, kLongestPause)) {
    auto connection = listen(server_);
    if (!connection) continue;
    connection_ = std::move(*connection);
    return true;
  }
  return false;
}

bool PostgresFeed::wait(int socket, std::chrono::milliseconds limit) {
  std::array<::pollfd, 2> watched = {{{wakeup_, POLLIN, 0}, {socket, POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), static_cast<int>(limit.count())) < 0 && errno == EINTR) {
  }
  return watched[0].revents == 0;
}

}  // namespace larder::database
