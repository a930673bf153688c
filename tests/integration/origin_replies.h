// What origins say that misbehave: replies and scripts for a FakeOrigin, by name.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/origin_script.h"

namespace larder::integration {

/// Misbehaves in the first `times` requests only.
inline support::OriginScript at_first(std::size_t times, support::OriginReply reply) {
  return [=](const support::OriginRequest& request) { return request.number < times ? reply : support::OriginReply(); };
}
/// In every other one, from the first on.
inline support::OriginScript every_other(support::OriginReply reply) {
  return
      [=](const support::OriginRequest& request) { return request.number % 2 == 0 ? reply : support::OriginReply(); };
}
inline support::OriginScript always(support::OriginReply reply) {
  return [=](const support::OriginRequest&) { return reply; };
}

inline support::OriginReply cut(support::OriginReply::Ending ending, std::uint64_t after) {
  support::OriginReply reply;
  reply.ending = ending;
  reply.ending_after = after;
  return reply;
}
inline support::OriginReply silence() {
  support::OriginReply reply;
  reply.silent = true;
  return reply;
}
inline support::OriginReply with_field(std::string name, std::string value) {
  support::OriginReply reply;
  reply.fields = {{std::move(name), std::move(value)}};
  return reply;
}
inline support::OriginReply with_status(int status, std::vector<support::Field> fields = {}) {
  support::OriginReply reply;
  reply.status = status;
  reply.body = "scripted\n";
  reply.fields = std::move(fields);
  return reply;
}
inline support::OriginReply framed(support::OriginReply::Framing framing, bool ranges = true) {
  support::OriginReply reply;
  reply.framing = framing;
  reply.ranges = ranges;
  return reply;
}
/// This in place of the head, and then all of the body.
inline support::OriginReply raw(std::string head) {
  support::OriginReply reply;
  reply.raw_head = std::move(head);
  reply.keep_alive = false;
  return reply;
}
/// This in place of the head, and then so many bytes of the whole object.
inline support::OriginReply raw_cut(std::string head, std::uint64_t after,
                                    support::OriginReply::Ending ending = support::OriginReply::Ending::kTruncate) {
  support::OriginReply reply = cut(ending, after);
  reply.raw_head = std::move(head);
  reply.ranges = false;
  reply.keep_alive = false;
  return reply;
}

}  // namespace larder::integration
