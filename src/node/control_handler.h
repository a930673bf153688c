// ControlHandler: the HTTP of the control socket: which path is which action; what may block is done by a pool.
//
// Threads    the loop of `executor`.
// Source     docs/formats/control-socket.md; RFC 9457 (problem documents).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/blocking_pool.h"
#include "core/task.h"
#include "http/page.h"
#include "http/server_session.h"
#include "node/control_actions.h"

namespace larder::node {

class ControlHandler final : public http::RequestHandler {
 public:
  static constexpr std::size_t kMostBody = 32 * kKiB;

  /// The references must outlive it.
  ControlHandler(ControlActions& actions, BlockingPool& pool, Executor executor)
      : actions_(actions), pool_(pool), executor_(executor) {}

  Task<http::Persistence> handle(http::Exchange& exchange) override;
  bool takes_bodies() const override { return true; }
  http::Refusal refusal(const http::HeadProblem& problem) const override;
  void refused(net::ByteStream&, const http::HeadProblem&) override {}

 private:
  struct Route;

  static std::span<const Route> routes();
  static const Route* find(std::string_view path);
  static http::HeadProblem no_such_path();
  static std::optional<http::HeadProblem> surplus(const Route& route, const ControlRequest& request);
  Task<http::Page> answer(http::Exchange& exchange);
  Task<http::Page> act(const Route& route, ControlRequest request);

  ControlActions& actions_;
  BlockingPool& pool_;
  Executor executor_;
};

/// Its problem document.
http::Page problem_page(const http::HeadProblem& problem);

}  // namespace larder::node
