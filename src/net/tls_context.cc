#include "net/tls_context.h"

#include <fmt/chrono.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "net/tls_error.h"

namespace larder::net {
namespace {

constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// Settings of both sides. Errors: kUnavailable.
Result<SSL_CTX*> make_context(const SSL_METHOD* method) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == nullptr) return fail(Errc::kUnavailable, "TLS: {}", take_tls_error());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_ENABLE_KTLS | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections then hold no record buffers; and what is written may move between attempts.
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

/// Takes HTTP/1.1 if the client offers it; a client that offers only others is served HTTP/1.1 all the same.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* selected = nullptr;
  const int found = SSL_select_next_proto(&selected, size, kHttp11.data(), static_cast<unsigned>(kHttp11.size()),
                                          offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *chosen = selected;
  return SSL_TLSEXT_ERR_OK;
}

/// Instead of OpenSSL's question at a terminal, which nobody answers.
int no_passphrase(char*, int, int, void*) { return 0; }

std::string to_text(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts) : "no time that can be read";
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const std::string& certificate_file,
                                                             const std::string& key_file) {
  TRY(SSL_CTX * context, make_context(TLS_server_method()));
  std::shared_ptr<const TlsContext> owned(new TlsContext(context, false));
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets keep resumption without memory of ours
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return fail(Errc::kInvalid, "{}: not a PEM certificate: {}", certificate_file, take_tls_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(Errc::kInvalid, "{}: not the PEM key of {}: {}", key_file, certificate_file, take_tls_error());
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return fail(Errc::kInvalid, "{}: not the key of {}: {}", key_file, certificate_file, take_tls_error());
  }
  return owned;
}

Result<> TlsContext::expect_valid(WallTime now) const {
  const X509* certificate = SSL_CTX_get0_certificate(context_.get());
  std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const ASN1_TIME* from = X509_get0_notBefore(certificate);
  const ASN1_TIME* until = X509_get0_notAfter(certificate);
  if (X509_cmp_time(from, &seconds) > 0) return fail(Errc::kInvalid, "is not good before {}", to_text(from));
  if (X509_cmp_time(until, &seconds) < 0) return fail(Errc::kInvalid, "expired on {}", to_text(until));
  return {};
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const std::optional<std::string>& ca_file, bool verify) {
  TRY(SSL_CTX * context, make_context(TLS_client_method()));
  std::shared_ptr<const TlsContext> owned(new TlsContext(context, verify));
  SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_alpn_protos(context, kHttp11.data(), static_cast<unsigned>(kHttp11.size()));
  if (ca_file) {
    if (SSL_CTX_load_verify_locations(context, ca_file->c_str(), nullptr) != 1) {
      return fail(Errc::kInvalid, "{}: no PEM certificates of authorities: {}", *ca_file, take_tls_error());
    }
  } else if (verify && SSL_CTX_set_default_verify_paths(context) != 1) {
    return fail(Errc::kInvalid, "the system's trusted authorities: {}", take_tls_error());
  }
  return owned;
}

}  // namespace larder::net
