// ServerCertificate: the certificate and key that TLS listeners show, read again from their files once renewed.
//
// A connection keeps what it began with; only those that come later are shown the new one. A pair that cannot be used
// never takes the place of one that can.
//
// Threads    any.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/clock.h"
#include "core/log.h"
#include "net/tls_context.h"

namespace larder::net {

class ServerCertificate {
 public:
  /// Whether the pair could be served with at `now`. Errors: kInvalid, with the file and the reason.
  static Result<> check(const std::string& certificate_file, const std::string& key_file, WallTime now);

  /// A certificate that is out of date is taken all the same, and said so in the log: who starts again must not lose
  /// plain HTTP too. Errors: TlsContext::server()'s.
  static Result<std::shared_ptr<ServerCertificate>> open(std::string certificate_file, std::string key_file,
                                                         WallTime now, Log& log);

  /// For a connection that begins now.
  std::shared_ptr<const TlsContext> current() const;

  /// Reads both files again, and says in the log what came of it. Errors: check()'s; the old pair stays in use.
  Result<> renew(WallTime now, Log& log);

 private:
  ServerCertificate(std::string certificate_file, std::string key_file, std::shared_ptr<const TlsContext> context)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)), current_(std::move(context)) {}

  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<const TlsContext> current_;
};

}  // namespace larder::net
