// TlsClient: a blocking TLS client for tests, apart from src/net on purpose.
//
// Threads    one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct bio_st;      // OpenSSL's BIO
struct ssl_ctx_st;  // and SSL_CTX

namespace larder::support {

class TlsClient {
 public:
  struct Options {
    std::string authority;  // PEM file: the only one whose certificates are trusted
    std::string name;       // that the certificate must have
    int version = 0;        // the only one that is offered: TLS1_2_VERSION, ...; 0: any
  };

  /// Connects to "127.0.0.1:41234". Throws std::runtime_error, with the reason, if there is no trust, or no connection.
  TlsClient(const std::string& address, const Options& options);

  std::string version() const;  // "TLSv1.3"
  bool send(std::string_view bytes);
  /// What comes until the peer's end.
  std::string read_to_end();

 private:
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  std::unique_ptr<bio_st, void (*)(bio_st*)> connection_;
};

/// Whether a server at `address` shows a certificate of `authority` for `name`.
bool shows_certificate(const std::string& address, const std::string& authority, const std::string& name);

}  // namespace larder::support
