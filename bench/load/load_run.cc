#include "bench/load/load_run.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>

namespace larder::bench {
namespace {

constexpr std::uint64_t kMaxErrors = 100;

}  // namespace

LoadRun::LoadRun(const sockaddr_in& server, LoadLimits limits, RequestPlan plan)
    : server_(server), limits_(limits), plan_(std::move(plan)), poller_(epoll_create1(EPOLL_CLOEXEC)) {}

LoadRun::~LoadRun() {
  if (poller_ >= 0) ::close(poller_);
}

Result<LoadTotals> LoadRun::run() {
  for (std::size_t i = 0; i < limits_.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>());
    TRY_VOID(open(*connections_.back()));
  }
  started_at_ = Connection::Clock::now();
  for (const auto& connection : connections_) {
    TRY_VOID(send_next(*connection));
  }

  std::array<epoll_event, 256> events{};
  const auto stall_ms = static_cast<int>(std::chrono::milliseconds(limits_.stall).count());
  while (outstanding_ > 0) {
    const int ready = epoll_wait(poller_, events.data(), events.size(), stall_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail_errno(errno, "epoll_wait");
    if (ready == 0) return fail(Errc::kTimeout, "nothing arrived for {} ms", stall_ms);
    for (const auto& event : std::span(events).first(static_cast<std::size_t>(ready))) {
      TRY_VOID(serve(*static_cast<Connection*>(event.data.ptr)));
    }
  }
  totals_.elapsed = Connection::Clock::now() - started_at_;
  return std::move(totals_);
}

Result<> LoadRun::open(Connection& connection) {
  TRY_VOID(connection.connect(server_));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &connection;
  // A connection that was closed has left the poller with its descriptor.
  if (epoll_ctl(poller_, EPOLL_CTL_ADD, connection.descriptor(), &event) != 0) return fail_errno(errno, "epoll_ctl");
  return {};
}

Result<> LoadRun::serve(Connection& connection) {
  const auto complete = connection.receive();
  if (!complete) return failed(connection, complete.error());
  if (!*complete) return {};

  --outstanding_;
  ++totals_.requests;
  totals_.bytes += connection.request().body_bytes;
  totals_.latency.record(Connection::Clock::now() - connection.sent_at());
  totals_.first_byte.record(connection.body_at() - connection.sent_at());
  return send_next(connection);
}

Result<> LoadRun::failed(Connection& connection, const Error& error) {
  --outstanding_;
  if (totals_.errors++ == 0) totals_.first_error = error.text;
  if (totals_.errors == kMaxErrors) {
    return fail(Errc::kUnavailable, "{} errors, the first: {}", totals_.errors, totals_.first_error);
  }
  TRY_VOID(open(connection));
  return send_next(connection);
}

Result<> LoadRun::send_next(Connection& connection) {
  if (!may_send()) return {};
  plan_.next(connection.request());
  ++issued_;
  ++outstanding_;
  if (const auto sent = connection.send(); !sent) return failed(connection, sent.error());
  return {};
}

bool LoadRun::may_send() const {
  if (limits_.requests > 0 && issued_ >= limits_.requests) return false;
  return limits_.duration.count() == 0 || Connection::Clock::now() - started_at_ < limits_.duration;
}

}  // namespace larder::bench
