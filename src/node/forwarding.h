// Forwarding: what the origin answers to one client's own request, passed on while it comes.
//
// For what may not be kept, and for what cannot be had from the cache in one version: the client gets one response of
// the origin's, and nobody else gets anything of it.
//
// Threads    the loop of its stream.
// Source     RFC 9110 7.6 (what is passed on), RFC 9112 7.1 (chunks for a body whose length is not told).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/deadline.h"
#include "core/task.h"
#include "http/head_writer.h"
#include "http/request_head.h"
#include "node/sender.h"
#include "origin/origin_client.h"

namespace larder::node {

class Forwarding {
 public:
  /// The references must outlive it.
  Forwarding(const http::RequestHead& head, origin::OriginClient& origin, Sender& sender, const Clock& clock);

  /// Asks the origin what the client asks: method, range and conditions. Errors: those of OriginClient::fetch();
  /// kCorrupt (it answers another question).
  Task<Result<>> ask(const origin::OriginRequest& upstream, Deadline deadline);

  // After ask() succeeded:
  const origin::OriginResponse& response() const { return *response_; }
  /// False: the connection has to be closed after it, as its end is all that tells how long it is.
  bool can_be_kept_open() const { return framing_ != Framing::kToEnd; }
  /// The lines of the response's head that are the origin's, and how its body is framed.
  void describe(http::HeadWriter& writer) const;
  /// Errors: those of Sender with its client_failed() true, or of OriginResponse::read().
  Task<Result<>> send_body();
  std::uint64_t bytes() const { return bytes_; }

 private:
  enum class Framing { kNone, kLength, kChunked, kToEnd };

  Task<Result<>> ask_once(const origin::OriginRequest& request, Deadline deadline);
  Result<> check() const;
  Framing framing() const;

  const http::RequestHead& head_;
  origin::OriginClient& origin_;
  Sender& sender_;
  const Clock& clock_;
  std::unique_ptr<origin::OriginResponse> response_;
  Framing framing_ = Framing::kNone;
  std::uint64_t bytes_ = 0;  // of the body, sent
};

}  // namespace larder::node
