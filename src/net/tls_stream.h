// TlsStream: a ByteStream through OpenSSL, which reads and writes the non-blocking socket itself.
//
// The end of the peer's side is only an end if TLS says so: a connection that is cut is kFailed, never kEnd.
#pragma once

#include <memory>
#include <string>

#include "net/tcp_stream.h"
#include "net/tls_context.h"

struct ssl_st;  // OpenSSL's SSL

namespace larder::net {

class TlsStream final : public ByteStream {
 public:
  /// The server's side, on `tcp`: to be used after shake_hands() only. It may be closed or aborted before.
  static std::unique_ptr<TlsStream> of_server(std::unique_ptr<TcpStream> tcp,
                                              std::shared_ptr<const TlsContext> context);
  /// The client's side; checks that the certificate is for `host_name`, a DNS name or an IP address.
  /// Errors: kTimeout, kCancelled, kUnavailable, kRefused (the certificate is not to be trusted, and why).
  static Task<Result<std::unique_ptr<TlsStream>>> connect(std::unique_ptr<TcpStream> tcp,
                                                          std::shared_ptr<const TlsContext> context,
                                                          std::string host_name, SteadyTime deadline);

  /// Awaits what OpenSSL wants until the handshake is done; it ends with kTimeout too once `*or_when_set` is true.
  /// Errors: kTimeout, kCancelled, kUnavailable, kInvalid (no TLS), kRefused (connect()'s).
  Task<Result<>> shake_hands(SteadyTime deadline, const std::atomic<bool>* or_when_set = nullptr);

  IoStep try_read(std::span<std::byte> into) override;
  IoStep try_write(std::span<const std::byte> from, More more) override;
  IoStep try_send_file(int descriptor, std::uint64_t offset, std::size_t count) override;
  Task<Result<>> wait(IoStep::Kind want) override { return tcp_->wait(want); }
  void expire_at(SteadyTime deadline, const std::atomic<bool>* or_when_set = nullptr) override {
    tcp_->expire_at(deadline, or_when_set);
  }
  Endpoint peer() const override { return tcp_->peer(); }
  Endpoint local() const override { return tcp_->local(); }
  bool is_tls() const override { return true; }
  bool is_idle() const override;
  std::uint64_t unacknowledged() const override { return tcp_->unacknowledged(); }
  bool has_ended() const override { return tcp_->has_ended(); }
  void shutdown_send() override;
  void close() override;
  void abort() override { tcp_->abort(); }

  /// True if the kernel encrypts: then try_send_file() copies nothing.
  bool sends_by_kernel() const;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };

  TlsStream(std::unique_ptr<TcpStream> tcp, std::shared_ptr<const TlsContext> context);
  Result<> expect_host(const std::string& host_name);
  IoStep step(int returned);
  Error handshake_error(const IoStep& failed) const;

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<TcpStream> tcp_;
  std::unique_ptr<ssl_st, Free> ssl_;
  bool broken_ = false;  // after a fatal error nothing more may be sent, not even a goodbye
};

}  // namespace larder::net
