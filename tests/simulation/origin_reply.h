// OriginReply: what a simulated origin says of an object to one request: the head, and which bytes go out behind it.
//
// A value, and a pure function but for what it draws. Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/random.h"
#include "simulation/simulated_site.h"
#include "simulation/trouble.h"
#include "support/auditor.h"
#include "support/message_head.h"

namespace larder::simulation {

/// Whether a request has a condition.
bool is_conditional(const support::MessageHead& head);

struct OriginReply {
  // What a request comes with, and the answer depends on.
  struct Asked {
    const support::MessageHead& head;
    support::Elapsed now{0};
    Trouble trouble = Trouble::kNone;
    bool keep_alive = true;
  };

  int status = 200;
  support::OriginObject object;  // what the resource is by this
  std::string head;
  std::string before;  // bytes of the body that are none of the object
  std::string behind;
  bool chunked = false;
  bool to_end = false;  // nothing but its end tells the length
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool keep_alive = true;

  /// `object`: what the origin takes the resource to be.
  static OriginReply make(const Resource& resource, const support::OriginObject& object, const Asked& asked,
                          Random& random);
};

}  // namespace larder::simulation
