// SimulatedOrigin: the servers behind the node, one coroutine for each connection: good ones, slow ones, and liars.
//
// It reads requests itself, and not with the code under test.
//
// Threads    one.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/task.h"
#include "net/timer.h"
#include "simulation/origin_reply.h"
#include "simulation/random.h"
#include "simulation/refusal.h"
#include "simulation/service.h"
#include "simulation/simulated_network.h"
#include "simulation/simulated_site.h"
#include "simulation/trace.h"
#include "simulation/trouble.h"
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
    std::uint64_t contents = 0;                          // 200 and 206
    std::uint64_t not_modified = 0;                      // 304
    std::map<std::string_view, std::uint64_t> troubles;  // how often
  };

  SimulatedOrigin(const Workload& work, Random random, SimulatedSite& site, support::Auditor& auditor, Service& service,
                  Trace& trace)
      : work_(work), random_(random), site_(site), auditor_(auditor), service_(service), trace_(trace) {}

  /// Serves the connection until it ends.
  Task<void> serve(std::unique_ptr<SimulatedStream> stream);

  const Counters& counters() const { return counters_; }

 private:
  struct Request {
    support::Url url;
    support::MessageHead head;

    bool is_head() const { return head.first_line.starts_with("HEAD "); }
  };
  // Body: how one goes out.
  struct Body {
    Trouble trouble = Trouble::kNone;
    Pace pace;
    support::Elapsed slow_until{0};
  };
  // Session: one connection.
  struct Session {
    explicit Session(std::unique_ptr<SimulatedStream> its_stream, Executor executor)
        : stream(std::move(its_stream)), timer(executor) {}

    std::unique_ptr<SimulatedStream> stream;
    net::Timer timer;
    std::string buffer;  // received and not used yet

    /// False: the node has gone meanwhile.
    Task<bool> pause(std::chrono::nanoseconds how_long) {
      co_await timer.wait(timer.time().now() + how_long);
      co_return !stream->has_ended();
    }
  };

  Task<std::optional<Request>> read_request(SimulatedStream& stream, std::string& buffer);
  Task<bool> answer(Session& session, const Request& request);
  Task<bool> refuse(Session& session, const Request& request, Refusal refusal, bool keep);
  Task<bool> send_error(Session& session, const Request& request, Refusal error, bool keep);
  Task<bool> send_head(Session& session, const Request& request, const Resource& resource, const OriginReply& reply,
                       std::chrono::nanoseconds delay);
  Task<bool> send_body(Session& session, const Resource& resource, const OriginReply& reply, Trouble trouble);
  Task<bool> send_block(Session& session, const Resource& resource, const OriginReply& reply,
                        support::OriginRange range);
  Task<bool> keep_pace(Session& session, const Resource& resource, const Body& body);
  Task<bool> stumble(Session& session, const support::Url& url, Trouble trouble);
  Task<bool> dawdle(Session& session, const support::Url& url, std::chrono::nanoseconds how_long);
  static bool end_early(Session& session, const OriginReply& reply);

  std::chrono::nanoseconds draw_delay(Trouble trouble);
  support::OriginObject object_of(const Resource& resource, const Session& session, Trouble trouble);
  void note_trouble(const support::Url& url, Trouble trouble, std::chrono::nanoseconds delay);
  void note_given(const Request& request, const Resource& resource, const OriginReply& reply);
  void look_for_readers(const support::Url& url, const Pace& pace);
  void note_crowds(support::Elapsed until);
  void blame(const support::Url& url, std::chrono::nanoseconds lasts);
  support::Elapsed after(std::chrono::microseconds time) const;

  const Workload& work_;
  Random random_;
  SimulatedSite& site_;
  support::Auditor& auditor_;
  Service& service_;
  Trace& trace_;
  Counters counters_;
  std::map<std::string, std::uint64_t> dawdling_;  // of each host: bodies that stand still
};

}  // namespace larder::simulation
