// A self-signed certificate made for one test, for 127.0.0.1 and a name.
#pragma once

#include <string>

namespace larder::support {

struct CertificateFiles {
  std::string certificate;  // PEM, also what a client trusts
  std::string key;
};

/// Writes both files into `folder`, over those of an earlier call. It is good from a day before now, or before its end,
/// to `days` after now. Throws std::runtime_error if OpenSSL cannot.
CertificateFiles make_certificate(const std::string& folder, const std::string& dns_name, int days = 1);

}  // namespace larder::support
