// ControlActions: what an operator asks of a running node over its control socket, and the answers, as JSON.
//
// Threads    status() and drives() never block, the rest may wait for a disk or for the thread that obeys signals; all
//            from any thread.
// Source     docs/formats/control-socket.md.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cache/cache.h"
#include "core/log.h"
#include "core/result.h"
#include "http/request_head.h"
#include "node/drain_state.h"
#include "node/node_status.h"
#include "node/reload_queue.h"
#include "origin/rule_set.h"

namespace larder::node {

// ControlRequest: what of an HTTP request an action looks at.
struct ControlRequest {
  std::string query;  // behind the "?"
  std::string body;
};

class ControlActions {
 public:
  /// A JSON document, or the status and the reason of a problem document.
  using Answer = Result<std::string, http::HeadProblem>;

  // What it acts on, which must outlive it.
  struct Subject {
    std::function<NodeStatus()> status;
    cache::Cache& cache;
    DrainState& drain;
    ReloadQueue& reloads;
    /// Called when a purge is in force here, before it is answered. False: the process before may still answer.
    std::function<bool()> purged;
    std::vector<std::string> own_names;  // as parse_target() has them
    Log& log;
  };

  ControlActions(Subject node, std::shared_ptr<const origin::RuleSet> rules)
      : node_(std::move(node)), rules_(std::move(rules)) {}

  void set_rules(std::shared_ptr<const origin::RuleSet> rules);

  Answer status(const ControlRequest& request);
  Answer drives(const ControlRequest& request);
  Answer inspect(const ControlRequest& request);
  Answer reload(const ControlRequest& request);
  Answer drain(const ControlRequest& request);
  Answer undrain(const ControlRequest& request);
  Answer scrub(const ControlRequest& request);
  Answer purge(const ControlRequest& request);

 private:
  std::shared_ptr<const origin::RuleSet> rules() const;
  Answer set_drained(bool drained);

  const Subject node_;
  mutable std::mutex mutex_;
  std::shared_ptr<const origin::RuleSet> rules_;
};

}  // namespace larder::node
