// TlsContext: what TLS connections share: certificate and key, or whom to trust.
//
// TLS 1.2 and later; no renegotiation, no compression; kernel TLS where the kernel has it, so that sendfile works.
//
// Threads    made once, then any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/result.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace larder::net {

class TlsContext {
 public:
  /// PEM files; the certificate's file also holds its chain, own certificate first.
  /// Errors: kInvalid, with the file and OpenSSL's reason; also when key and certificate do not belong together, and
  /// when the key wants a passphrase.
  static Result<std::shared_ptr<const TlsContext>> server(const std::string& certificate_file,
                                                          const std::string& key_file);
  /// `ca_file`: PEM file of trusted authorities in place of the system's. `verify` false: trusts anybody.
  /// Errors: kInvalid.
  static Result<std::shared_ptr<const TlsContext>> client(const std::optional<std::string>& ca_file = std::nullopt,
                                                          bool verify = true);

  /// Of a server's: whether its certificate is good at `now`. Errors: kInvalid, with since when it is, or was, good.
  Result<> expect_valid(WallTime now) const;

  ssl_ctx_st* native() const { return context_.get(); }
  bool verifies() const { return verifies_; }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };

  TlsContext(ssl_ctx_st* context, bool verifies) : context_(context), verifies_(verifies) {}

  std::unique_ptr<ssl_ctx_st, Free> context_;
  bool verifies_;
};

}  // namespace larder::net
