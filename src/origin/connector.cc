#include "origin/connector.h"

#include <optional>
#include <utility>
#include <vector>

#include "net/dialler.h"

namespace larder::origin {

namespace {
constexpr std::size_t kAddressesTried = 6;
}

Task<Result<std::unique_ptr<net::ByteStream>>> NetworkConnector::connect(const Target& target, Deadline deadline) {
  CO_TRY(const auto found,
         co_await resolver_.resolve(executor_, *target.rule, target.host, target.port, deadline.time()));
  auto endpoints = trials_.order(found, clock_.now());
  if (endpoints.size() > kAddressesTried) endpoints.erase(endpoints.begin() + kAddressesTried, endpoints.end());
  net::DialSchedule::Options options;
  options.patience = timeout_;
  std::optional<Error> tls_failure;
  while (!endpoints.empty()) {
    net::Dialled dialled = co_await net::dial_first(executor_, sweeper_, endpoints, options, deadline.time());
    for (const net::Endpoint& endpoint : dialled.passed_over) trials_.failed(endpoint, clock_.now());
    if (!dialled.stream) co_return std::unexpected(std::move(tls_failure).value_or(std::move(dialled.error)));
    const net::Endpoint endpoint = dialled.stream->peer();
    if (!target.tls) {
      trials_.worked(endpoint);
      co_return std::move(dialled.stream);
    }
    const SteadyTime until = deadline.within(timeout_, clock_.now()).time();
    auto stream = co_await net::start_tls(std::move(dialled.stream), tls_, target.host, until);
    if (stream) {
      trials_.worked(endpoint);
      co_return stream;
    }
    trials_.failed(endpoint, clock_.now());
    tls_failure = std::move(stream).error();
    std::erase(endpoints, endpoint);
  }
  co_return std::unexpected(std::move(tls_failure).value_or(Error(Errc::kUnavailable, "the origin has no address")));
}

}  // namespace larder::origin
