// What goes to the origin of a request that is forwarded, and what of its answer comes back.
//
// Threads    pure functions.
// Source     RFC 9110 7.6, 13 to 15; RFC 9112 6.3 and 7.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "http/head_writer.h"
#include "http/request_head.h"
#include "origin/origin_response.h"

namespace larder::node {

/// The range and the conditions that a client sent, as the origin is to get them. Several ranges, and those of a HEAD,
/// do not count (RFC 9110 14.2).
std::vector<std::pair<std::string, std::string>> asked_fields(const http::RequestHead& head);

/// Whether the answer is one to that request; what it says of the object is the origin's affair. A part may be shorter
/// than was asked for. Errors: kInvalid.
Result<> check_answer(const http::RequestHead& head, const origin::ResponseFacts& answer);

/// The status that a client gets in the place of the origin's: what the origin says to this node, and not to the client
/// (that it asks too often, too slowly, or without signing in at a proxy), would drive clients away from the node.
int status_for_client(int status);

/// How long the body has to be: a part is as long as its Content-Range says. Nothing: it is not told.
std::optional<std::uint64_t> length_of(const origin::ResponseFacts& answer);

/// How the client is told where the body ends.
enum class BodyFraming {
  kNone,     // there is none
  kLength,   // Content-Length
  kChunked,  // chunks
  kToEnd,    // it ends with the connection
};
BodyFraming framing_of(const http::RequestHead& head, const origin::ResponseFacts& answer);

/// Those lines of the answer's head that clients get.
void pass_fields_on(http::HeadWriter& writer, const http::RequestHead& head, const origin::ResponseFacts& answer);

}  // namespace larder::node
