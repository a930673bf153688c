#include "node/status_handler.h"

namespace larder::node {
http::Page StatusHandler::page(const http::RequestHead& head) const {
  if (head.method == http::Method::kOther) return http::Page::text(405, "only GET and HEAD are served here\n");
  if (auto refused = gate_.refusal(head)) return *std::move(refused);
  const std::string_view path = http::path_of(head.target);
  if (path == "/healthz") {
    const NodeStatus status = snapshot_();
    std::string text = status.health() + "\n";
    for (const storage::DriveStatus& drive : status.drives) {
      if (drive.state == "failed") text += fmt::format("drive {} is out of use: {}\n", drive.path, drive.reason);
      if (drive.state == "hangs") text += fmt::format("drive {} hangs: {}\n", drive.path, drive.reason);
      if (drive.state == "no_room") text += fmt::format("drive {} has no room: {}\n", drive.path, drive.reason);
    }
    const bool takes_new_clients = !status.stopping && !status.drained_since;
    return http::Page::text(takes_new_clients ? 200 : 503, std::move(text));
  }
  if (path == "/api/v1/status") return {200, "application/json", to_json(snapshot_())};
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", to_prometheus(snapshot_())};
  if (path == "/" || path == "/summary") return {200, "text/html; charset=utf-8", to_html(snapshot_())};
  return http::Page::text(404, "there is /summary, /healthz, /api/v1/status and /metrics here\n");
}

Task<http::Persistence> StatusHandler::handle(http::Exchange& exchange) {
  const http::Page answer = page(exchange.head);
  co_return co_await http::send_page(exchange, answer);
}

}  // namespace larder::node
