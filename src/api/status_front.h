// StatusFront: the portal's status address: /healthz, /metrics.
//
// Threads    one event loop. The database is asked on a thread of `checks`, and not waited for longer than kPatience.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "api/portal_metrics.h"
#include "core/blocking_pool.h"
#include "database/database.h"
#include "http/page.h"
#include "http/server_session.h"
#include "http/status_gate.h"

namespace larder::api {

/// What the metrics tell of the database. Errors: those of Transaction::run.
larder::Result<Stock> take_stock(database::Transaction& transaction);

class StatusFront final : public http::RequestHandler {
 public:
  static constexpr auto kPatience = std::chrono::seconds(3);

  struct Shared {
    database::Database& database;
    BlockingPool& checks;
    PortalMetrics& metrics;
    const std::atomic<bool>& stopping;
    std::function<void()> refresh;  // brings the metrics up to date, but for the database's
    http::StatusGate gate;
  };

  /// What `shared` refers to must outlive it.
  StatusFront(Shared shared, Executor executor) : shared_(std::move(shared)), executor_(executor) {}

  Task<http::Persistence> handle(http::Exchange& exchange) override;
  void refused(net::ByteStream&, const http::HeadProblem&) override {}

 private:
  Task<http::Page> page(std::string_view path);
  Task<larder::Result<Stock>> ask_database();

  const Shared shared_;
  Executor executor_;
};

}  // namespace larder::api
