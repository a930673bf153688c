// HttpClient: a blocking HTTP/1.1 client for tests: sends what it is told, byte for byte, and checks bodies against
// content.h while they arrive. Nothing of src/http, on purpose.
//
// Threads    one; a test that needs many clients makes many.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/live_auditor.h"
#include "support/message_head.h"
#include "support/response_audit.h"
#include "support/socket.h"

namespace larder::support {

// HttpResponse: what one request came to. Without a head (the connection ended first) the status is 0.
struct HttpResponse {
  int status = 0;
  MessageHead head;
  std::string body;  // only of fetch(): at most kTextLimit of it
  std::uint64_t body_bytes = 0;
  bool complete = false;  // the body came to the end that its framing promised
  /// Object offset of the first byte that was not the object's; only of fetch_checked().
  std::optional<std::uint64_t> first_wrong;
};

class HttpClient {
 public:
  static constexpr std::size_t kTextLimit = 4 << 20;
  using BodySink = std::function<void(std::span<const std::byte>)>;

  /// Connects to "127.0.0.1:41234". Throws std::system_error if it cannot. `auditor`, if there is one, hears of all
  /// that is sent and received, and outlives this client. `from` is as Socket::connect()'s.
  explicit HttpClient(std::string address, LiveAuditor* auditor = nullptr, const std::string& from = "");

  /// Sends bytes as they are. False: the peer is gone.
  bool send(std::string_view bytes);
  /// Sends a request with a Host field and `fields` ("Range: bytes=0-1"), without reading the answer.
  bool send_request(std::string_view method, std::string_view target, const std::vector<std::string>& fields = {});

  /// Reads one response; `method` is what was asked ("HEAD" has no body). 1xx heads are passed over.
  HttpResponse read_response(std::string_view method, const BodySink& sink);
  /// Keeps the body in the response.
  HttpResponse read_response(std::string_view method = "GET");

  HttpResponse fetch(std::string_view target, const std::vector<std::string>& fields = {},
                     std::string_view method = "GET");
  /// The range [begin, end) of object `seed` (its `prefix` aside), each byte compared as it comes.
  HttpResponse fetch_checked(std::string_view target, std::uint64_t seed, std::uint64_t begin, std::uint64_t end);
  /// The whole object, asked for without a Range.
  HttpResponse fetch_checked(std::string_view target, std::uint64_t seed);

  /// Reads the response to a request for bytes of object `seed` from `offset` on, and compares them.
  HttpResponse read_checked(std::uint64_t seed, std::uint64_t offset);

  /// True if the peer closes, or resets, without another byte.
  bool peer_closes();
  Socket& socket() { return socket_; }

 private:
  /// Opens an audit for each request head that is whole with these bytes.
  void tell_of(std::string_view bytes);
  /// That of the oldest request without an answer.
  std::optional<ResponseAudit> next_audit();
  HttpResponse read_audited(std::string_view method, const BodySink& sink, ResponseAudit* audit);
  std::optional<MessageHead> read_head();
  /// Bytes of the body: those behind the head first. 0: the connection ended.
  std::size_t receive(std::span<std::byte> into);
  bool read_counted(std::uint64_t length, const BodySink& sink);
  bool read_chunked(const BodySink& sink);
  bool read_line(std::string& line);
  void read_until_close(const BodySink& sink);

  std::string address_;
  LiveAuditor* auditor_;
  std::string unfinished_;  // of what was sent: a head that is not whole yet
  std::deque<ResponseAudit> audits_;
  Socket socket_;
  std::string received_;
  std::vector<std::byte> buffer_;
};

/// One request on a connection of its own.
HttpResponse fetch(const std::string& address, std::string_view target, const std::vector<std::string>& fields = {},
                   std::string_view method = "GET");

}  // namespace larder::support
