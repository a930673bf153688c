// Forwarding: what the origin answers to one client's own request, passed on while it comes.
//
// For what may not be kept, and for what cannot be had from the cache in one version: the client gets one response of
// the origin's, and nobody else gets anything of it.
//
// Threads    the loop of its stream.
#pragma once

#include <cstdint>
#include <memory>

#include "core/deadline.h"
#include "core/task.h"
#include "http/request_head.h"
#include "node/egress.h"
#include "node/forward_rules.h"
#include "origin/origin_client.h"

namespace larder::node {

class Forwarding {
 public:
  /// The references must outlive it.
  Forwarding(const http::RequestHead& head, origin::OriginClient& origin, Egress& egress, const Clock& clock)
      : head_(head), origin_(origin), egress_(egress), clock_(clock) {}

  /// Asks the origin what the client asks. Errors: those of OriginClient::fetch(); kInvalid (it answers another
  /// question).
  Task<Result<>> ask(const origin::OriginRequest& upstream, Deadline deadline);

  // After ask() succeeded:
  origin::ResponseFacts answer() const { return response_->facts(); }
  /// False: the connection has to be closed after it, as its end is all that tells how long the body is.
  bool can_be_kept_open() const { return framing_ != BodyFraming::kToEnd; }
  /// Errors: those of Egress with its client_failed() true, of OriginResponse::read(), or kCorrupt (the body
  /// is not as long as the head says).
  Task<Result<>> send_body();
  std::uint64_t bytes() const { return bytes_; }
  /// Instead of send_body(): nobody gets it. A short one is read, so that the connection to the origin can be kept.
  Task<void> drop_body();

 private:
  Task<Result<>> ask_once(const origin::OriginRequest& request, Deadline deadline);

  const http::RequestHead& head_;
  origin::OriginClient& origin_;
  Egress& egress_;
  const Clock& clock_;
  std::unique_ptr<origin::OriginResponse> response_;
  BodyFraming framing_ = BodyFraming::kNone;
  std::uint64_t bytes_ = 0;  // of the body, sent
};

}  // namespace larder::node
