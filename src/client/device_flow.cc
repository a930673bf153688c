#include "client/device_flow.h"

#include <algorithm>

#include "core/json_at.h"

namespace larder::client {
namespace {

constexpr std::chrono::seconds kSlower{5};  // RFC 8628, 3.5: slow_down adds five seconds
constexpr std::chrono::seconds kSlowest{60};
constexpr std::int64_t kMostLifetime_s = 3600;

}  // namespace

Result<DeviceFlow> DeviceFlow::begin(const boost::json::value& authorization) {
  DeviceFlow flow;
  flow.device_code_ = text_at(authorization, "/device_code");
  if (flow.device_code_.empty()) return give_up(FailureKind::kUnreachable, "The portal gave no device code.");
  if (const auto interval = number_at(authorization, "/interval"); interval > 0) {
    flow.interval_ = std::min(std::chrono::seconds(std::min<std::int64_t>(interval, 60)), kSlowest);
  }
  if (const auto lifetime = number_at(authorization, "/expires_in"); lifetime > 0) {
    flow.lifetime_ = std::chrono::seconds(std::min(lifetime, kMostLifetime_s));
  }
  return flow;
}

Result<std::optional<std::string>> DeviceFlow::take(int status, const boost::json::value& answer) {
  if (status == 200) {
    std::string token = text_at(answer, "/access_token");
    if (token.empty()) return give_up(FailureKind::kUnreachable, "The portal gave no token.");
    return token;
  }
  const std::string error = text_at(answer, "/error");
  if (error == "authorization_pending") return std::nullopt;
  if (error == "slow_down") {
    interval_ = std::min(interval_ + kSlower, kSlowest);
    return std::nullopt;
  }
  if (status >= 500 || status == 429) {
    take_silence();
    return std::nullopt;
  }
  if (error == "access_denied") return give_up(FailureKind::kForbidden, "It was denied in the browser.");
  if (error == "expired_token") return give_up(FailureKind::kNotSignedIn, "The code has expired. Start again.");
  const std::string description = text_at(answer, "/error_description");
  return give_up(FailureKind::kUnreachable, "The portal refuses the sign-in: {}",
                 description.empty() ? error : description);
}

void DeviceFlow::take_silence() { interval_ = std::min(2 * interval_, kSlowest); }

}  // namespace larder::client
