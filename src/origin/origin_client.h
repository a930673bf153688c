// OriginClient: one exchange with an origin: request, redirects that rules allow, response.
//
// A kept connection that turns out to be dead is replaced once, unseen. Everything else is the caller's decision:
// retrying, asking for the rest, giving up.
//
// Threads    the loop of its connection pool.
// Cancel     the deadline, up to the head, the wait for a connection included; then every read has a time-out of its
//            own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/deadline.h"
#include "core/result.h"
#include "core/task.h"
#include "http/range.h"
#include "origin/connection_pool.h"
#include "origin/origin_response.h"
#include "origin/target.h"

namespace larder::origin {

struct OriginRequest {
  OriginRequest(Target what, std::shared_ptr<const RuleSet> with) : target(std::move(what)), rules(std::move(with)) {}

  Target target;
  std::shared_ptr<const RuleSet> rules;  // the set that `target.rule` belongs to
  bool head_only = false;                // HEAD instead of GET
  std::optional<http::ByteRange> range;  // nothing: the whole object
  std::string if_none_match;             // empty: not sent
  std::string if_modified_since;
  /// More fields, as a client sent them.
  std::vector<std::pair<std::string, std::string>> own_fields;
  ConnectionPool::Use use = ConnectionPool::Use::kShared;  // kOneClient: the answer is for that client alone
  /// Stands for the client (a hash of its address), which has a share of connections and memory; 0: nobody in
  /// particular, without such a bound.
  std::uint64_t client = 0;
  /// Its turn when connections are short; what it waits for one does not count against its deadline then. Null: a
  /// client waits for its first byte, and the deadline is the client's.
  std::shared_ptr<Turn> turn;
  std::string via;       // what the client's request had, to which this node adds itself
  std::string cdn_loop;  // the same
};

/// Whether an error of an exchange may be gone with the next one.
bool is_worth_a_try(Errc code);

class OriginClient {
 public:
  static constexpr int kRedirectLimit = 5;

  struct Options {
    std::string node_id;
    std::string version = "0";
    /// For making a connection, once there may be one more: name lookup, every address, TLS.
    std::chrono::milliseconds connection_timeout = std::chrono::seconds(6);
    OriginResponse::Patience patience;
    /// Told how long each head took, from when its request was sent on a connection. May be empty.
    std::function<void(SteadyTime::duration)> note_first_byte;
  };

  OriginClient(ConnectionPool& pool, const Clock& clock, Options options);

  /// How long one exchange may take up to its head, without the wait for a connection.
  std::chrono::milliseconds patience() const { return options_.connection_timeout + options_.patience.first_byte; }

  /// Any status, with the head read and the body not. Errors: kRefused (its address is not allowed), kNotFound (its
  /// name does not exist), kUnavailable, kTimeout, kInvalid (no HTTP); the text names the origin.
  Task<Result<std::unique_ptr<OriginResponse>>> fetch(OriginRequest request, Deadline deadline);

 private:
  Task<Result<std::unique_ptr<OriginResponse>>> exchange(const OriginRequest& request, const Target& target,
                                                         Deadline deadline);
  Task<Result<std::unique_ptr<OriginResponse>>> attempt(const OriginRequest& request, const Target& target,
                                                        ConnectionPool::Want want, Deadline deadline, bool& was_dead);
  std::string request_text(const OriginRequest& request, const Target& target) const;

  ConnectionPool& pool_;
  const Clock& clock_;
  const Options options_;
  const std::string pseudonym_;
};

}  // namespace larder::origin
