// DeviceFlow: the waiting half of RFC 8628, without its requests: it is told what POST /token answered and says what to
// do next.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "client/failure.h"

namespace larder::client {

class DeviceFlow {
 public:
  /// `authorization`: what POST /device-authorizations answered. Errors: kUnreachable (it is no such answer).
  static Result<DeviceFlow> begin(const boost::json::value& authorization);

  const std::string& device_code() const { return device_code_; }
  /// How long to wait before POST /token is asked (again).
  std::chrono::seconds interval() const { return interval_; }
  /// After that the code is worth nothing.
  std::chrono::seconds lifetime() const { return lifetime_; }

  /// A token; or nullopt: ask again after interval(). Errors: kForbidden (denied), kNotSignedIn (expired),
  /// kUnreachable.
  Result<std::optional<std::string>> take(int status, const boost::json::value& answer);
  /// No answer came: the portal is asked less often.
  void take_silence();

 private:
  std::string device_code_;
  std::chrono::seconds interval_{5};
  std::chrono::seconds lifetime_{600};
};

}  // namespace larder::client
