// What a FakeOrigin serves, how it can be told to misbehave, and what it notes of every request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/gate.h"
#include "support/message_head.h"
#include "support/origin_range.h"

namespace larder::support {

// OriginObject: one version of a file. Its bytes are content.h's of `seed`, the first ones replaced by `prefix`.
struct OriginObject {
  std::uint64_t seed = 0;
  std::uint64_t size = 0;
  std::string etag = "\"v1\"";  // empty: none is sent
  std::string last_modified = "Fri, 02 Jan 2026 03:04:05 GMT";
  std::string content_type = "application/octet-stream";
  std::string prefix;
};

// OriginRequest: the record of one request.
struct OriginRequest {
  std::size_t connection = 0;  // 0 is the first that was accepted
  std::size_t number = 0;      // how many requests for this path came before
  std::string method;
  std::string target;  // as sent
  std::string path;    // without the query
  std::string query;
  MessageHead head;
  /// What the Range field asks of the object of that time; nothing if there is none or it does not parse.
  std::optional<OriginRange> range;

  // Filled in while the answer goes out:
  int status = 0;
  OriginRange sent_range;             // what the answer was meant to hold
  std::uint64_t body_bytes_sent = 0;  // given to the kernel
  bool finished = false;              // the answer, or what was scripted in its place, is over
};

// OriginReply: how one request is answered. As it is made, it is the answer of a good server.
struct OriginReply {
  enum class Framing { kLength, kUntilClose, kChunked };
  enum class Ending {
    kWhole,
    kTruncate,  // an orderly close in the middle of the body
    kReset,
    kStall,  // silence until the peer closes
  };

  /// Instead of the path's object, for this request only.
  std::optional<OriginObject> object;
  /// 0: what the request asks for (200, 206, 304, 404, 412, 416). Otherwise this status, with `body`.
  int status = 0;
  std::string body;

  /// False: a Range is passed over, the answer is the whole object with 200.
  bool ranges = true;
  /// Serve, and name in Content-Range, this range whatever was asked.
  std::optional<OriginRange> answer_range;

  Framing framing = Framing::kLength;
  std::vector<std::size_t> chunk_sizes = {1, 7, 4096, 65537};  // in turn, over and over
  bool keep_alive = true;

  /// Added to the head. One that the head would have anyway is replaced, or left out if the value here is empty.
  std::vector<Field> fields;
  std::string interim;   // raw bytes before the head: "HTTP/1.1 103 Early Hints\r\n\r\n"
  std::string raw_head;  // raw bytes instead of the head, with their empty line

  Ending ending = Ending::kWhole;
  std::uint64_t ending_after = 0;  // body bytes of this answer before an ending that is not kWhole
  bool silent = false;             // not even a head, until the peer closes

  std::uint64_t bytes_per_second = 0;  // of this answer; 0: no limit
  std::shared_ptr<Gate> gate;          // holds body bytes back, by object offset
  std::shared_ptr<Gate> head_gate;     // holds the head back, at 0
};

using OriginScript = std::function<OriginReply(const OriginRequest&)>;

}  // namespace larder::support
