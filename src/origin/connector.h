// Connector: makes connections to origins: the one place of the data side that opens sockets to others.
//
// NetworkConnector is the real one; a simulation has its own.
//
// Threads    the thread of its loop.
#pragma once

#include <chrono>
#include <memory>

#include "core/clock.h"
#include "core/deadline.h"
#include "core/result.h"
#include "core/task.h"
#include "net/byte_stream.h"
#include "net/deadline_sweeper.h"
#include "net/tls_context.h"
#include "origin/address_trials.h"
#include "origin/resolver.h"
#include "origin/target.h"

namespace larder::origin {

class Connector {
 public:
  virtual ~Connector() = default;
  /// A new connection to `target`'s origin, over TLS if it says so. REQUIRES: `target` and its rule live until the task
  /// ends. Errors: kTimeout, kUnavailable, kRefused (its address or certificate is not allowed), kNotFound (no such
  /// name).
  virtual Task<Result<std::unique_ptr<net::ByteStream>>> connect(const Target& target, Deadline deadline) = 0;
};

// NetworkConnector: to the first of the origin's addresses that answers; those that did not are tried last for a while.
class NetworkConnector final : public Connector {
 public:
  /// `timeout` is for each address.
  NetworkConnector(Executor executor, net::DeadlineSweeper& sweeper, Resolver& resolver,
                   std::shared_ptr<const net::TlsContext> tls, const Clock& clock, std::chrono::milliseconds timeout)
      : executor_(executor),
        sweeper_(sweeper),
        resolver_(resolver),
        tls_(std::move(tls)),
        clock_(clock),
        timeout_(timeout) {}

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(const Target& target, Deadline deadline) override;

 private:
  Executor executor_;
  net::DeadlineSweeper& sweeper_;
  Resolver& resolver_;
  std::shared_ptr<const net::TlsContext> tls_;
  const Clock& clock_;
  const std::chrono::milliseconds timeout_;
  AddressTrials trials_;
};

}  // namespace larder::origin
