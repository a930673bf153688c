#include "origin/origin_client.h"

#include <fmt/format.h>

#include <utility>

#include "http/cache_control.h"
#include "http/head_writer.h"
#include "origin/authority.h"
#include "origin/request_loop.h"

namespace larder::origin {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string appended(std::string_view list, std::string_view element) {
  return list.empty() ? std::string(element) : fmt::format("{}, {}", list, element);
}

/// The same error, with the origin in front.
std::unexpected<Error> from_origin(const Target& target, Error error) {
  error.text = fmt::format("origin {}: {}", host_line(target.host, target.port, target.tls), error.text);
  return std::unexpected(std::move(error));
}

}  // namespace

bool is_worth_a_try(Errc code) {
  return code == Errc::kTimeout || code == Errc::kUnavailable || code == Errc::kCorrupt;
}

OriginClient::OriginClient(ConnectionPool& pool, const Clock& clock, Options options)
    : pool_(pool), clock_(clock), options_(std::move(options)), pseudonym_(node_pseudonym(options_.node_id)) {}

std::string OriginClient::request_text(const OriginRequest& request, const Target& target) const {
  std::string text;
  http::HeadWriter writer(text);
  writer.request(request.head_only ? "HEAD" : "GET", target.path_and_query)
      .field("Host", host_line(target.host, target.port, target.tls))
      .field("User-Agent", "larder/" + options_.version)
      .field("Accept", "*/*")
      .field("Accept-Encoding", "identity")
      .field("Via", appended(request.via, "1.1 " + pseudonym_))
      .field("CDN-Loop", appended(request.cdn_loop, pseudonym_));
  if (request.range) writer.field("Range", fmt::format("bytes={}-{}", request.range->begin, request.range->end - 1));
  if (!request.if_none_match.empty()) writer.field("If-None-Match", request.if_none_match);
  if (!request.if_modified_since.empty()) writer.field("If-Modified-Since", request.if_modified_since);
  for (const auto& [name, value] : request.own_fields) writer.field(name, value);
  writer.finish();
  return text;
}

Task<Result<std::unique_ptr<OriginResponse>>> OriginClient::fetch(OriginRequest request, Deadline deadline) {
  Target target = request.target;
  HopLimits limits;
  if (request.turn) request.turn->note_asked(false);
  for (int redirects = 0;; ++redirects) {
    CO_TRY(auto response, co_await exchange(request, target, deadline));
    response->limit(limits);
    if (!is_redirect(response->status()) || redirects == kRedirectLimit) co_return response;
    auto next = redirect_target(target, response->location(), *request.rules);
    if (!next) co_return response;
    limits.add(http::parse_cache_control(response->fields().joined("Cache-Control")));
    if (!co_await response->discard()) response.reset();  // closes its connection
    target = *std::move(next);
  }
}

Task<Result<std::unique_ptr<OriginResponse>>> OriginClient::exchange(const OriginRequest& request, const Target& target,
                                                                     Deadline deadline) {
  bool was_dead = false;
  auto response = co_await attempt(request, target, ConnectionPool::Want::kAny, deadline, was_dead);
  if (!response && was_dead) {
    response = co_await attempt(request, target, ConnectionPool::Want::kFresh, deadline, was_dead);
  }
  if (!response) co_return from_origin(target, std::move(response).error());
  co_return response;
}

Task<Result<std::unique_ptr<OriginResponse>>> OriginClient::attempt(const OriginRequest& request, const Target& target,
                                                                    ConnectionPool::Want want, Deadline deadline,
                                                                    bool& was_dead) {
  const ConnectionPool::Ask ask{want, request.use, request.turn, options_.connection_timeout, request.client};
  CO_TRY(auto lease, co_await pool_.acquire(target, ask, deadline));
  if (request.turn) {
    deadline = request.turn->extended(deadline);
    request.turn->note_asked(true);
  }
  auto response = std::make_unique<OriginResponse>(std::move(lease), clock_, options_.patience);
  const std::string text = request_text(request, target);
  const SteadyTime asked = clock_.now();
  auto done = co_await response->ask(text, request.head_only, deadline);
  if (done && options_.note_first_byte) options_.note_first_byte(clock_.now() - asked);
  if (done) co_return response;
  was_dead = response->connection_was_used() && response->nothing_came() && done.error().code == Errc::kUnavailable;
  co_return std::unexpected(std::move(done).error());
}

}  // namespace larder::origin
