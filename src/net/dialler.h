// dial(): connects to an endpoint, with or without TLS; dial_first(): to the first of several that answers.
//
// Cancel     the deadline; of dial_tls()'s handshake to a quarter of a second (net/deadline_sweeper.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/byte_stream.h"
#include "net/dial_schedule.h"
#include "net/tcp_stream.h"
#include "net/tls_context.h"

namespace larder::net {

/// What came of several endpoints.
struct Dialled {
  std::unique_ptr<TcpStream> stream;  // null: none has answered
  std::vector<Endpoint> passed_over;  // those that failed, and those that were tried earlier than who answered first
  Error error{Errc::kTimeout, "no time was left to connect"};  // of the last one that failed
};

/// Tries `endpoints` as DialSchedule says; the first to connect wins, the others are given up. Errors: as dial().
Task<Dialled> dial_first(Executor executor, DeadlineSweeper& sweeper, std::vector<Endpoint> endpoints,
                         DialSchedule::Options options, SteadyTime deadline);

/// TLS on a new connection, with the server that `host_name` names.
/// Errors: kTimeout, kCancelled, kUnavailable, kRefused (certificate); the text names the endpoint.
Task<Result<std::unique_ptr<ByteStream>>> start_tls(std::unique_ptr<TcpStream> tcp,
                                                    std::shared_ptr<const TlsContext> context, std::string host_name,
                                                    SteadyTime deadline);

/// Errors: kTimeout, kCancelled, kUnavailable; the text names the endpoint.
Task<Result<std::unique_ptr<ByteStream>>> dial(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                               SteadyTime deadline);

/// dial(), then start_tls().
Task<Result<std::unique_ptr<ByteStream>>> dial_tls(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                                   std::shared_ptr<const TlsContext> context, std::string host_name,
                                                   SteadyTime deadline);

}  // namespace larder::net
