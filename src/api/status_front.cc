#include "api/status_front.h"

#include <memory>
#include <optional>
#include <utility>

#include "core/clock.h"
#include "core/version.h"
#include "net/wakeup.h"

namespace larder::api {
namespace {

// A look into the database that may come back after nobody waits for it any more.
struct Look {
  std::shared_ptr<net::Wakeup> done;
  std::optional<larder::Result<Stock>> result;
};

}  // namespace

larder::Result<Stock> take_stock(database::Transaction& transaction) {
  Stock stock;
  TRY(const auto reviews, transaction.run("SELECT count(*) FROM ip_review WHERE state = 'open'"));
  stock.open_reviews = static_cast<std::uint64_t>(reviews[0].number(0));
  TRY(const auto nodes,
      transaction.run("SELECT intent, ip_space_state, count(*) FROM node GROUP BY intent, ip_space_state"));
  for (const database::Row& row : nodes) {
    stock.nodes[{row.text(0), row.text(1)}] = static_cast<std::uint64_t>(row.number(2));
  }
  return stock;
}

Task<larder::Result<Stock>> StatusFront::ask_database() {
  const auto look = std::make_shared<Look>();
  look->done = net::Wakeup::make(executor_);
  const bool queued = shared_.checks.try_post([look, &database = shared_.database] {
    look->result = database.read(take_stock);
    look->done->notify();
  });
  bool answered = false;
  if (queued) answered = co_await look->done->wait(SystemClock().now() + kPatience);
  if (!answered) {
    shared_.metrics.database_failed();
    co_return fail(Errc::kTimeout, "the database does not answer");
  }
  if (!*look->result) shared_.metrics.database_failed();
  co_return *std::move(look->result);
}

Task<http::Page> StatusFront::page(std::string_view path) {
  http::Page page = http::Page::text(200, "");
  if (path == "/healthz") {
    const auto stock = co_await ask_database();
    const bool stopping = shared_.stopping;
    if (!stock || stopping) page.status = 503;
    page.body = stopping ? "stopping\n" : stock ? "ok\n" : stock.error().text + "\n";
  } else if (path == "/metrics") {
    const auto stock = co_await ask_database();
    if (stock) shared_.metrics.set_stock(*stock);
    shared_.refresh();
    page.content_type = "text/plain; version=0.0.4; charset=utf-8";
    page.body = shared_.metrics.text();
  } else if (path == "/") {
    page.body = fmt::format("larder-portal {}\n/healthz and /metrics are here\n", kVersion);
  } else {
    page.status = 404;
    page.body = "there is /healthz and /metrics here\n";
  }
  co_return page;
}

Task<http::Persistence> StatusFront::handle(http::Exchange& exchange) {
  http::Page answer = http::Page::text(405, "only GET and HEAD are served here\n");
  if (auto refused = shared_.gate.refusal(exchange.head)) {
    answer = *std::move(refused);
  } else if (exchange.head.method != http::Method::kOther) {
    answer = co_await page(http::path_of(exchange.head.target));
  }
  co_return co_await http::send_page(exchange, answer);
}

}  // namespace larder::api
