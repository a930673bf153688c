#include "support/tls_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <stdexcept>

namespace larder::support {
namespace {

void require(bool done, const char* what) {
  if (done) return;
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  throw std::runtime_error(std::string("TLS: ") + what + ": " + (reason == nullptr ? "no reason given" : reason));
}

}  // namespace

TlsClient::TlsClient(const std::string& address, const Options& options)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), connection_(nullptr, BIO_free_all) {
  require(SSL_CTX_load_verify_locations(context_.get(), options.authority.c_str(), nullptr) == 1, "authority");
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  if (options.version != 0) {
    SSL_CTX_set_min_proto_version(context_.get(), options.version);
    SSL_CTX_set_max_proto_version(context_.get(), options.version);
  }
  connection_.reset(BIO_new_ssl_connect(context_.get()));
  SSL* ssl = nullptr;
  BIO_get_ssl(connection_.get(), &ssl);
  require(ssl != nullptr && SSL_set1_host(ssl, options.name.c_str()) == 1, "name");
  SSL_set_tlsext_host_name(ssl, options.name.c_str());
  BIO_set_conn_hostname(connection_.get(), address.c_str());
  require(BIO_do_connect(connection_.get()) == 1, "connect");
  require(BIO_do_handshake(connection_.get()) == 1, "handshake");
}

std::string TlsClient::version() const {
  SSL* ssl = nullptr;
  BIO_get_ssl(connection_.get(), &ssl);
  return SSL_get_version(ssl);
}

bool TlsClient::send(std::string_view bytes) {
  std::size_t sent = 0;
  return BIO_write_ex(connection_.get(), bytes.data(), bytes.size(), &sent) == 1 && sent == bytes.size();
}

std::string TlsClient::read_to_end() {
  std::string text;
  std::array<char, 65536> buffer{};
  for (std::size_t count = 0; BIO_read_ex(connection_.get(), buffer.data(), buffer.size(), &count) == 1;) {
    text.append(buffer.data(), count);
  }
  ERR_clear_error();
  return text;
}

bool shows_certificate(const std::string& address, const std::string& authority, const std::string& name) {
  try {
    const TlsClient client(address, {.authority = authority, .name = name});
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace larder::support
