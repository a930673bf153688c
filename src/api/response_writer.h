// ResponseWriter: sends an api::Response to a client, whole or piece by piece.
//
// Threads    the stream's event loop.
// Cancel     once the server stops, a client that keeps it waiting has RequestBody::kStopGrace for all that is left.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/call.h"
#include "core/clock.h"
#include "core/task.h"
#include "http/server_session.h"

namespace larder::api {

class ResponseWriter {
 public:
  /// `stall`: how long the client may take for each 256 KiB. `exchange` must outlive it.
  ResponseWriter(http::Exchange& exchange, std::chrono::milliseconds stall) : exchange_(exchange), stall_(stall) {}

  /// The head, and the body or its first piece. `date`: of the field of that name. False: the client has gone.
  Task<bool> begin(const Response& response, std::string_view date, bool secure);
  /// Another piece of a response that has a `next`. False: the client has gone.
  Task<bool> go_on(const Response& piece);
  /// The end of a response that came in pieces. How the connection goes on.
  Task<http::Persistence> end();

 private:
  enum class Framing { kLength, kChunks, kToEnd };

  std::string head_of(const Response& response, std::string_view date, bool secure);
  bool sends_body(const Response& response) const;
  Task<bool> write(std::string_view text);
  Task<bool> write_piece(std::span<const std::byte> piece);
  Task<larder::Result<std::size_t>> write_some(std::span<const std::byte> bytes);

  http::Exchange& exchange_;
  const std::chrono::milliseconds stall_;
  Framing framing_ = Framing::kLength;
  std::optional<SteadyTime> stop_;  // until when the client may take what is left: the server stops
};

}  // namespace larder::api
