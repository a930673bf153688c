// StatusHandler: the local status address: /summary, /healthz, /api/v1/status, /metrics.
//
// Threads    its own loop.
#pragma once

#include <functional>
#include <string>

#include "http/page.h"
#include "http/server_session.h"
#include "http/status_gate.h"
#include "node/node_status.h"

namespace larder::node {

class StatusHandler final : public http::RequestHandler {
 public:
  /// `snapshot` is called on the handler's loop for each request that `gate` lets in.
  StatusHandler(std::function<NodeStatus()> snapshot, http::StatusGate gate)
      : snapshot_(std::move(snapshot)), gate_(std::move(gate)) {}

  Task<http::Persistence> handle(http::Exchange& exchange) override;
  void refused(net::ByteStream&, const http::HeadProblem&) override {}

 private:
  http::Page page(const http::RequestHead& head) const;

  std::function<NodeStatus()> snapshot_;
  http::StatusGate gate_;
};

}  // namespace larder::node
