#include "node/status_handler.h"

#include <span>

#include "http/head_writer.h"

namespace larder::node {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
// A local reader that takes this long for a page of some kilobytes is gone.
constexpr auto kPatience = std::chrono::seconds(20);

// "/healthz" of "/healthz?x" and of "http://host/healthz".
std::string_view path_of(std::string_view target) {
  if (!target.starts_with('/')) {
    const std::size_t authority = target.find("://");
    const std::size_t path = authority == std::string_view::npos ? authority : target.find('/', authority + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target.substr(0, target.find('?'));
}

}  // namespace

StatusHandler::Page StatusHandler::page(const http::RequestHead& head) const {
  if (head.method == http::Method::kOther) return {405, kText, "only GET and HEAD are served here\n"};
  const std::string_view path = path_of(head.target);
  if (path == "/healthz") {
    const NodeStatus status = snapshot_();
    std::string text = status.health() + "\n";
    for (const storage::DriveStatus& drive : status.drives) {
      if (drive.state != "ok") text += fmt::format("drive {} is out of use: {}\n", drive.path, drive.reason);
    }
    return {status.stopping ? 503 : 200, kText, std::move(text)};
  }
  if (path == "/api/v1/status") return {200, "application/json", to_json(snapshot_())};
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", to_prometheus(snapshot_())};
  if (path == "/" || path == "/summary") return {200, "text/html; charset=utf-8", to_html(snapshot_())};
  return {404, kText, "there is /summary, /healthz, /api/v1/status and /metrics here\n"};
}

Task<http::Outcome> StatusHandler::handle(http::Exchange& exchange) {
  const Page answer = page(exchange.head);
  std::string out;
  http::HeadWriter head(out);
  head.status(answer.status).field("Content-Type", answer.content_type);
  head.field("Content-Length", answer.body.size()).field("Cache-Control", "no-store");
  if (answer.status == 405) head.field("Allow", "GET, HEAD");
  if (!exchange.keep_alive) head.field("Connection", "close");
  head.finish();
  if (exchange.head.method != http::Method::kHead) out += answer.body;
  exchange.stream.expire_at(std::chrono::steady_clock::now() + kPatience);
  const auto sent = co_await exchange.stream.write_all(std::as_bytes(std::span(out)));
  co_return sent ? http::Outcome::kKeep : http::Outcome::kAbort;
}

}  // namespace larder::node
