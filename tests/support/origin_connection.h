// OriginConnection: one connection of a FakeOrigin, on a thread of its own.
//
// Owns       its socket and its thread; the destructor waits for the thread to end (shut_down() first).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/origin_script.h"
#include "support/rate_limit.h"
#include "support/socket.h"

namespace larder::support {

class FakeOrigin;

class OriginConnection {
 public:
  OriginConnection(FakeOrigin& origin, std::size_t number, Socket socket);
  ~OriginConnection();
  OriginConnection(const OriginConnection&) = delete;
  OriginConnection& operator=(const OriginConnection&) = delete;

  void shut_down();
  bool is_over() const { return over_; }

 private:
  /// What is left of one answer once its status is known.
  struct Plan {
    int status = 200;
    OriginRange range;      // of the object; empty for an answer without one
    std::string text_body;  // of an answer that is not the object's
  };

  void run();
  std::optional<OriginRequest> read_request();
  /// False: the connection is to be closed.
  bool answer(OriginRequest& request);
  Plan make_plan(const OriginRequest& request, const std::optional<OriginObject>& object,
                 const OriginReply& reply) const;
  std::string make_head(const Plan& plan, const std::optional<OriginObject>& object, const OriginReply& reply) const;
  bool send_object(const OriginRequest& request, const OriginRange& range, const OriginObject& object,
                   const OriginReply& reply, std::size_t record);
  bool send_piece(std::span<const std::byte> piece, const OriginReply& reply);
  /// Tells the observer what `head` says of `content`.
  void announce(const OriginRequest& request, const std::optional<OriginObject>& content, std::string_view head) const;
  /// Plays the scripted ending; always false, for the caller to return.
  bool end(OriginReply::Ending ending);

  FakeOrigin& origin_;
  const std::size_t number_;
  std::mutex socket_mutex_;  // closing against shut_down(): a closed descriptor may be somebody else's next
  Socket socket_;
  RateLimit rate_;
  std::string received_;  // bytes behind the head that was read last
  std::vector<std::byte> buffer_;
  std::size_t next_chunk_ = 0;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace larder::support
