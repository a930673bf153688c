// SimulatedClient: one client of the node and what it asks for: whole files, ranges, rows of pieces, heads, conditions.
//
// It stalls, leaves in the middle, comes back for the rest, and asks again on the same connection. What it gets goes to
// the auditor byte by byte; what it does not get, to Service.
//
// Threads    one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.h"
#include "http/chunk_decoder.h"
#include "http/range.h"
#include "net/timer.h"
#include "simulation/random.h"
#include "simulation/refusal.h"
#include "simulation/service.h"
#include "simulation/simulated_network.h"
#include "simulation/simulated_site.h"
#include "simulation/trace.h"
#include "simulation/workload.h"
#include "support/auditor.h"
#include "support/message_head.h"

namespace larder::simulation {

struct ClientCounters {
  std::uint64_t requests = 0;
  std::uint64_t whole = 0;   // responses that came to their end
  std::uint64_t broken = 0;  // and that did not
  std::uint64_t left = 0;    // by the client
  std::uint64_t bytes = 0;
  std::uint64_t hits = 0;  // responses that said so
  std::map<int, std::uint64_t> by_status;
};

class SimulatedClient {
 public:
  /// A connection to the node; null if nobody listens.
  using Connect = std::function<std::unique_ptr<SimulatedStream>()>;

  struct World {
    const Workload& work;
    SimulatedSite& site;
    support::Auditor& auditor;
    Service& service;
    Trace& trace;
    ClientCounters& counters;
    Connect connect;
    std::function<std::uint64_t()> given_up;  // NodeLife::given_up(), 0 without a node
    const bool& over;                         // nobody begins anything any more
  };

  SimulatedClient(World& world, unsigned number, Random random, Executor executor)
      : world_(world), number_(number), random_(random), timer_(executor) {}

  /// Asks until the world is over.
  Task<void> run();

 private:
  struct Question {
    const Resource* resource = nullptr;
    std::string method = "GET";
    std::string query;  // where queries carry signatures
    std::vector<support::Field> fields;
    bool unknown_path = false;

    std::string_view field(std::string_view name) const;  // empty: there is none
    /// Its origin refuses it, and nobody else's: what comes of that it has to bear.
    bool is_refused() const { return Refusal::of(query).has_value(); }
  };
  // What a request finds when it begins.
  struct Before {
    support::Elapsed begin{0};
    std::uint64_t losses = 0;
    std::uint64_t given_up = 0;
    bool has_all = false;  // Service::has_all()
  };
  struct Response {
    int status = 0;
    std::string etag;
    std::string last_modified;
    bool chunked = false;
    std::uint64_t length = 0;  // of the body that was promised; in chunks: so far
    std::uint64_t received = 0;
    std::uint64_t begin = 0;  // of the object: where the body begins
    std::uint64_t total = 0;  // of the object
    std::optional<std::uint64_t> version;
    bool complete = false;
    bool left = false;     // broken off by the client
    bool dawdled = false;  // the client itself was so slow that a node may give up
    bool keeps = false;    // the connection can go on
    bool forwarded = false;
    support::Elapsed first_byte{0};                                  // when the head was there
    std::vector<std::pair<support::Elapsed, std::uint64_t>> pieces;  // when what of the body came
  };

  Task<void> visit();
  void sign(Question& question);
  Task<bool> ask_once(SimulatedStream& stream, const Resource& resource);
  Task<bool> ask_in_pieces(SimulatedStream& stream, const Resource& resource);
  Task<Response> exchange(SimulatedStream& stream, const Question& question);
  Task<bool> read_head(SimulatedStream& stream, support::MessageHead& head);
  Task<void> read_body(SimulatedStream& stream, Response& response, support::ResponseAudit& audit,
                       const Resource& resource);
  void describe(const support::MessageHead& head, const Question& question, Response& response);
  /// Some bytes of the body, into the front of `piece`; 0: there are no more.
  Task<std::size_t> read_some_of_body(SimulatedStream& stream, Response& response, std::span<std::byte> piece);
  /// Passes over what frames chunks. False: it is broken, or nothing came.
  Task<bool> read_chunk_framing(SimulatedStream& stream, Response& response);
  Task<bool> receive(SimulatedStream& stream);
  void judge(const Question& question, const Response& response, const Before& before);
  void judge_failure(const Question& question, const Response& response, const Before& before);
  bool is_excused(const Question& question, const Before& before) const;
  std::uint64_t bytes_of_late(const Response& response) const;
  bool may_hold_old(const Resource& resource, support::Elapsed begin) const;
  void add_range(Question& question, std::uint64_t begin, std::optional<std::uint64_t> end);

  World& world_;
  const unsigned number_;
  Random random_;
  net::Timer timer_;
  std::string buffer_;                         // received and not used yet
  http::ChunkDecoder chunks_;                  // of the response that comes
  bool reused_ = false;                        // the connection carried a request before
  std::map<const Resource*, Response> known_;  // what it has of each, for conditions and for coming back
};

}  // namespace larder::simulation
