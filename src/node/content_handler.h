// ContentHandler: answers content requests on one event loop: target, rule, object, range, delivery, record.
//
// Threads    its loop, but set_rules() before the loop runs or posted to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cache/fills.h"
#include "cache/look_up.h"
#include "cache/reader.h"
#include "core/log.h"
#include "http/client_limits.h"
#include "http/server_session.h"
#include "node/access_record.h"
#include "node/content_response.h"
#include "node/counters.h"
#include "node/delivery.h"
#include "node/egress_limiter.h"
#include "node/response_heads.h"

namespace larder::node {

class ContentHandler final : public http::RequestHandler {
 public:
  struct Options {
    std::string node_id;
    std::vector<std::string> own_names;
    Delivery::Patience patience;
  };

  /// The references must outlive it.
  ContentHandler(Options options, cache::Fills& fills, Counters& counters, EgressLimiter& limiter,
                 http::ClientLimits& clients, Log* access_log, std::shared_ptr<const origin::RuleSet> rules);

  Task<http::Persistence> handle(http::Exchange& exchange) override;
  void refused(net::ByteStream& stream, const http::HeadProblem& problem) override;

  /// From now on responses end because the node cuts them off: its connections are reset in the same turn of the loop.
  void cut_off() { cut_off_ = true; }

  void set_rules(std::shared_ptr<const origin::RuleSet> rules) { rules_ = std::move(rules); }

 private:
  struct Request;  // what handle() knows so far

  // Why a request is not served, and how that is counted.
  struct Refusal {
    ErrorKind kind{};
    int status = 0;
    std::string text{};
  };

  std::optional<Refusal> admit(Request& request);
  Task<http::Persistence> serve(Request& request);
  Task<http::Persistence> turn_away(Request& request);
  bool take_new_object(const Request& request);
  /// What a request came to: it was answered; or it still has to be.
  using Served = std::variant<http::Persistence, cache::Reader::Start>;
  /// The object that is asked for; or that the origin has to answer this request itself; or a response without either.
  using Sought = std::variant<cache::Found, cache::Forward, http::Persistence>;
  std::optional<Sought> at_hand(Request& request);
  Task<Sought> find(Request& request);
  Sought judge(const Request& request, cache::Found found);
  Task<Served> serve_object(Request& request, cache::Found found);
  Task<cache::Reader::Start> wait_for_byte(Request& request, cache::Found found, std::uint64_t position);
  Task<Served> refuse_range(Request& request, std::uint64_t total);
  static Task<Served> far_range();
  Task<Served> deliver_when_there(Request& request, cache::Found found, ContentResponse response);
  Task<Served> deliver_head(Request& request, cache::Found found, ContentResponse response);
  Task<Served> prepare(Request& request, Delivery& delivery, http::ByteRange bytes);
  Task<Served> deliver(Request& request, cache::Found found, ContentResponse response);
  Task<http::Persistence> forward(Request& request, cache::ForwardReason why);
  void log_forwarding(const Request& request, const Error& error);
  void look_at(const Request& request, const origin::ResponseFacts& answer);
  void note_answer(Request& request, int status);
  Task<http::Persistence> send_answer(Request& request, std::shared_ptr<const cache::Answer> answer);
  Task<http::Persistence> send_refused(Request& request, int origin_status, std::string retry_after);
  Task<http::Persistence> send_text(Request& request, int status, std::string text,
                                    const ResponseHeads::TextFields& fields);
  Task<http::Persistence> send_text(Request& request, int status, std::string text);
  Task<http::Persistence> send_error(Request& request, Error error);
  Task<http::Persistence> send_all(Request& request, std::string text);
  http::Persistence broke_off(Request& request, const Egress& egress, const Error& error);
  /// What this client has to take.
  Delivery::Patience patience_for(const Request& request) const;
  void finish(Request& request);
  void note_rule(std::string_view rule, const AccessRecord& record);

  const Options options_;
  ResponseHeads heads_;
  cache::Fills& fills_;
  Counters& counters_;
  EgressLimiter& limiter_;
  http::ClientLimits& clients_;
  Log* access_log_;  // null: off
  std::shared_ptr<const origin::RuleSet> rules_;
  bool cut_off_ = false;
};

}  // namespace larder::node
