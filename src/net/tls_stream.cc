#include "net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/check.h"
#include "net/tls_error.h"

namespace larder::net {
namespace {

constexpr std::size_t kRecord = 16 * 1024;  // the most that one TLS record carries

}  // namespace

void TlsStream::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsStream::TlsStream(std::unique_ptr<TcpStream> tcp, std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), tcp_(std::move(tcp)), ssl_(SSL_new(context_->native())) {
  CHECK(ssl_ != nullptr, "out of memory for TLS");
  CHECK(SSL_set_fd(ssl_.get(), tcp_->descriptor()) == 1, "out of memory for TLS");
}

std::unique_ptr<TlsStream> TlsStream::of_server(std::unique_ptr<TcpStream> tcp,
                                                std::shared_ptr<const TlsContext> context) {
  std::unique_ptr<TlsStream> stream(new TlsStream(std::move(tcp), std::move(context)));
  SSL_set_accept_state(stream->ssl_.get());
  return stream;
}

Task<Result<std::unique_ptr<TlsStream>>> TlsStream::connect(std::unique_ptr<TcpStream> tcp,
                                                            std::shared_ptr<const TlsContext> context,
                                                            std::string host_name, SteadyTime deadline) {
  std::unique_ptr<TlsStream> stream(new TlsStream(std::move(tcp), std::move(context)));
  CO_TRY_VOID(stream->expect_host(host_name));
  SSL_set_connect_state(stream->ssl_.get());
  CO_TRY_VOID(co_await stream->shake_hands(deadline));
  co_return stream;
}

Result<> TlsStream::expect_host(const std::string& host_name) {
  bool set = false;
  if (const auto address = parse_address(host_name)) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl_.get());
    set = X509_VERIFY_PARAM_set1_ip_asc(parameters, host_name.c_str()) == 1;
  } else {
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    set = SSL_set1_host(ssl_.get(), host_name.c_str()) == 1 &&
          SSL_set_tlsext_host_name(ssl_.get(), host_name.c_str()) == 1;
  }
  if (!set) return fail(Errc::kInvalid, "\"{}\" is no name that a TLS server can have", host_name);
  return {};
}

Task<Result<>> TlsStream::shake_hands(SteadyTime deadline, const std::atomic<bool>* or_when_set) {
  expire_at(deadline, or_when_set);
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int returned = SSL_do_handshake(ssl_.get());
    if (returned == 1) break;
    const IoStep did = step(returned);
    if (!did.wants()) co_return std::unexpected<Error>(handshake_error(did));
    CO_TRY_VOID(co_await wait(did.kind));
  }
  expire_at(SteadyTime::max());
  co_return Result<>();
}

Error TlsStream::handshake_error(const IoStep& failed) const {
  if (const long verdict = SSL_get_verify_result(ssl_.get()); context_->verifies() && verdict != X509_V_OK) {
    return {Errc::kRefused,
            fmt::format("TLS: the certificate is not to be trusted: {}", X509_verify_cert_error_string(verdict))};
  }
  if (ERR_peek_error() != 0) return {Errc::kInvalid, fmt::format("TLS handshake: {}", take_tls_error())};
  if (failed.kind == IoStep::Kind::kEnd || failed.error_number == 0) {
    return {Errc::kUnavailable, "TLS handshake: the peer closed the connection"};
  }
  const std::error_code error(failed.error_number, std::generic_category());
  return {Errc::kUnavailable, fmt::format("TLS handshake: {}", error.message())};
}

// REQUIRES: the queue of errors was empty, and errno 0, when OpenSSL was called.
IoStep TlsStream::step(int returned) {
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return IoStep::want_read();
    case SSL_ERROR_WANT_WRITE: return IoStep::want_write();
    case SSL_ERROR_ZERO_RETURN: return IoStep::end();
    case SSL_ERROR_SYSCALL: broken_ = true; return IoStep::failed(system_error != 0 ? system_error : ECONNRESET);
    default: broken_ = true; return IoStep::failed(EPROTO);
  }
}

IoStep TlsStream::try_read(std::span<std::byte> into) {
  CHECK(!into.empty(), "a read without room would look like the peer's end");
  if (broken_ || tcp_->descriptor() < 0) return IoStep::failed(ECONNRESET);
  std::size_t count = 0;
  ERR_clear_error();
  errno = 0;
  const int returned = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
  return returned == 1 ? IoStep::moved(count) : step(returned);
}

IoStep TlsStream::try_write(std::span<const std::byte> from, More) {
  CHECK(!from.empty(), "a write moves at least one byte");
  if (broken_ || tcp_->descriptor() < 0) return IoStep::failed(EPIPE);
  std::size_t count = 0;
  ERR_clear_error();
  errno = 0;
  const int returned = SSL_write_ex(ssl_.get(), from.data(), from.size(), &count);
  return returned == 1 ? IoStep::moved(count) : step(returned);
}

IoStep TlsStream::try_send_file(int descriptor, std::uint64_t offset, std::size_t count) {
  CHECK(count > 0, "a write moves at least one byte");
  if (broken_ || tcp_->descriptor() < 0) return IoStep::failed(EPIPE);
  if (sends_by_kernel()) {
    ERR_clear_error();
    errno = 0;
    const auto sent = SSL_sendfile(ssl_.get(), descriptor, static_cast<off_t>(offset), count, 0);
    if (sent > 0) return IoStep::moved(static_cast<std::size_t>(sent));
    return sent == 0 ? IoStep::failed(EIO) : step(static_cast<int>(sent));
  }
  // A record is read anew when it is tried again: the same bytes, as OpenSSL demands.
  std::array<std::byte, kRecord> record;  // NOLINT(cppcoreguidelines-pro-type-member-init): pread() writes it
  const auto read = ::pread(descriptor, record.data(), std::min(count, record.size()), static_cast<off_t>(offset));
  if (read <= 0) return IoStep::failed(read < 0 ? errno : EIO);
  return try_write(std::span(record).first(static_cast<std::size_t>(read)), More::kNo);
}

bool TlsStream::sends_by_kernel() const { return BIO_get_ktls_send(SSL_get_wbio(ssl_.get())) != 0; }

bool TlsStream::is_idle() const {
  if (broken_ || tcp_->descriptor() < 0) return false;
  // Peeking takes in what is no data: a TLS 1.3 server sends session tickets after the handshake.
  char byte = 0;
  std::size_t count = 0;
  ERR_clear_error();
  const int returned = SSL_peek_ex(ssl_.get(), &byte, 1, &count);
  return returned != 1 && SSL_get_error(ssl_.get(), returned) == SSL_ERROR_WANT_READ;
}

void TlsStream::shutdown_send() {
  if (tcp_->descriptor() < 0) return;
  if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  tcp_->shutdown_send();
}

void TlsStream::close() {
  shutdown_send();
  tcp_->close();
}

}  // namespace larder::net
