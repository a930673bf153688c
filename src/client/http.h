// Http: requests to one portal over a connection that stays open, by libcurl.
//
// Threads    one.
// Cost       send() blocks until the whole answer is here, at most for the request's time-out.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace larder::client {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  Fields fields;
  std::string body;
  std::chrono::milliseconds time_out = std::chrono::seconds(60);
  /// Takes the body of a successful answer piece by piece instead of HttpResponse::body; false: stop.
  std::function<bool(std::string_view)> sink;
};

struct HttpResponse {
  int status = 0;
  Fields fields;  // names in lower case
  std::string body;

  /// "" if it is not there.
  std::string field(std::string_view name) const;
};

// What can be looked at if there is no answer.
enum class HttpFault {
  kOther,
  kCertificate,  // the other side's is not trusted
  kAuthorities,  // the file of those to trust cannot be read
  kTls,          // the other side may not speak it
  kNotHttp,      // the other side does not speak it
  kProxy,        // its name leads nowhere
};

struct HttpError {
  bool was_sent = false;  // the portal may have done what was asked
  std::string text;
  HttpFault fault = HttpFault::kOther;
};

class Http {
 public:
  struct Options {
    std::string ca_certificate;  // a file; "": the system's authorities
    bool is_loopback = false;    // then no proxy is asked
  };
  explicit Http(const Options& options);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Cookies are kept and sent back, for as long as this object lives.
  larder::Result<HttpResponse, HttpError> send(const HttpRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace larder::client
