// dial(): connects to an endpoint, with or without TLS.
//
// Cancel     the deadline, to a quarter of a second (net/deadline_sweeper.h).
#pragma once

#include <memory>
#include <string>

#include "net/byte_stream.h"
#include "net/tls_context.h"

namespace larder::net {

/// Errors: kTimeout, kCancelled, kUnavailable; the text names the endpoint.
Task<Result<std::unique_ptr<ByteStream>>> dial(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                               SteadyTime deadline);

/// As above, then TLS with the server that `host_name` names. Errors: also kRefused (certificate).
Task<Result<std::unique_ptr<ByteStream>>> dial_tls(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                                   std::shared_ptr<const TlsContext> context, std::string host_name,
                                                   SteadyTime deadline);

}  // namespace larder::net
