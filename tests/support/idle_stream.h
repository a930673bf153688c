// IdleStream: a connection on which nothing ever happens; what a test needs to happen it overrides.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>

#include "net/byte_stream.h"

namespace larder::support {

class IdleStream : public net::ByteStream {
 public:
  net::IoStep try_read(std::span<std::byte> /*into*/) override { return net::IoStep::want_read(); }
  net::IoStep try_write(std::span<const std::byte> /*from*/, net::More /*more*/) override {
    return net::IoStep::want_write();
  }
  net::IoStep try_send_file(int /*descriptor*/, std::uint64_t /*offset*/, std::size_t /*count*/) override {
    return net::IoStep::want_write();
  }
  Task<Result<>> wait(net::IoStep::Kind /*want*/) override { co_return fail(Errc::kTimeout, "nothing happens"); }
  void expire_at(SteadyTime /*deadline*/, const std::atomic<bool>* /*or_when_set*/) override {}
  net::Endpoint peer() const override { return {}; }
  net::Endpoint local() const override { return {}; }
  bool is_tls() const override { return false; }
  bool is_idle() const override { return true; }
  bool has_ended() const override { return false; }
  void shutdown_send() override {}
  void close() override {}
  void abort() override {}
};

}  // namespace larder::support
