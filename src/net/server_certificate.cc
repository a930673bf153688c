#include "net/server_certificate.h"

#include <utility>

namespace larder::net {
namespace {

Result<> expect_valid(const TlsContext& context, const std::string& certificate_file, WallTime now) {
  const auto valid = context.expect_valid(now);
  if (!valid) return fail(Errc::kInvalid, "{}: the certificate {}", certificate_file, valid.error().text);
  return {};
}

Result<std::shared_ptr<const TlsContext>> load(const std::string& certificate_file, const std::string& key_file,
                                               WallTime now) {
  TRY(auto context, TlsContext::server(certificate_file, key_file));
  TRY_VOID(expect_valid(*context, certificate_file, now));
  return context;
}

}  // namespace

Result<> ServerCertificate::check(const std::string& certificate_file, const std::string& key_file, WallTime now) {
  TRY_VOID(load(certificate_file, key_file, now));
  return {};
}

Result<std::shared_ptr<ServerCertificate>> ServerCertificate::open(std::string certificate_file, std::string key_file,
                                                                   WallTime now, Log& log) {
  TRY(auto context, TlsContext::server(certificate_file, key_file));
  if (const auto valid = expect_valid(*context, certificate_file, now); !valid) {
    log.write(Level::kError, "TLS clients will refuse the certificate",
              [&](JsonLine& line) { line.add("reason", valid.error().text); });
  }
  return std::shared_ptr<ServerCertificate>(
      new ServerCertificate(std::move(certificate_file), std::move(key_file), std::move(context)));
}

std::shared_ptr<const TlsContext> ServerCertificate::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<> ServerCertificate::renew(WallTime now, Log& log) {
  auto context = load(certificate_file_, key_file_, now);
  if (!context) {
    log.write(Level::kError, "TLS certificate not renewed; the old one stays in use",
              [&](JsonLine& line) { line.add("reason", context.error().text); });
    return std::unexpected(std::move(context).error());
  }
  {
    const std::lock_guard lock(mutex_);
    current_ = *std::move(context);
  }
  log.write(Level::kInfo, "TLS certificate read again",
            [&](JsonLine& line) { line.add("certificate", certificate_file_); });
  return {};
}

}  // namespace larder::net
