// SimulatedOrigin: the servers behind the node, one coroutine for each connection: good ones, slow ones, and liars.
//
// It reads requests itself, and not with the code under test.
//
// Threads    one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/task.h"
#include "simulation/random.h"
#include "simulation/service.h"
#include "simulation/simulated_network.h"
#include "simulation/simulated_site.h"
#include "simulation/trace.h"
#include "simulation/workload.h"
#include "support/auditor.h"
#include "support/message_head.h"
#include "support/origin_range.h"

namespace larder::simulation {

class SimulatedOrigin {
 public:
  struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t bytes = 0;
    std::uint64_t contents = 0;      // 200 and 206
    std::uint64_t not_modified = 0;  // 304
    std::uint64_t faults = 0;
  };

  SimulatedOrigin(const Workload& work, Random random, SimulatedSite& site, support::Auditor& auditor, Service& service,
                  Trace& trace)
      : work_(work), random_(random), site_(site), auditor_(auditor), service_(service), trace_(trace) {}

  /// Serves the connection until it ends.
  Task<void> serve(std::unique_ptr<SimulatedStream> stream);

  const Counters& counters() const { return counters_; }

 private:
  // How one request is answered, if not well.
  enum class Trouble {
    kNone,
    kIgnoresRange,
    kShortRange,
    kWrongStart,
    kWrongTotal,
    kUnasked304,
    kNotFound,
    kForbidden,
    kInternalError,
    kUnavailable,
    kStallsInHead,
    kStallsInBody,
    kLateHead,
    kTrickles,
    kResets,
    kEndsEarly,
  };
  struct Request {
    support::Url url;
    support::MessageHead head;

    bool is_head() const { return head.first_line.starts_with("HEAD "); }
  };
  // What goes out: a head, and bytes [begin, end) of an object.
  struct Reply {
    int status = 200;
    std::string head;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool keep_alive = true;
  };
  struct Session;

  Task<std::optional<Request>> read_request(SimulatedStream& stream, std::string& buffer);
  Task<bool> answer(Session& session, const Request& request);
  Task<bool> dawdle(Session& session, const support::Url& url, std::chrono::nanoseconds how_long);
  Task<bool> send_body(Session& session, const Resource& resource, const support::OriginObject& object,
                       const Reply& reply, Trouble trouble);
  Task<bool> send_error(Session& session, const Request& request, int status, bool keep);
  Trouble draw_trouble();
  Reply make_reply(const Resource& resource, const support::OriginObject& object, const Request& request,
                   Trouble trouble, bool keep);
  void blame(const support::Url& url, std::chrono::nanoseconds lasts);

  const Workload& work_;
  std::uint64_t dawdling_ = 0;  // bodies that stand still, or nearly
  Random random_;
  SimulatedSite& site_;
  support::Auditor& auditor_;
  Service& service_;
  Trace& trace_;
  Counters counters_;
};

}  // namespace larder::simulation
