#include "identity/network_rate.h"

#include <algorithm>

#include "identity/attempts.h"

namespace larder::identity {
namespace {

using ledger::ProblemKind;
using ledger::Result;

constexpr auto kSweepInterval = std::chrono::seconds(10);

std::unexpected<ledger::Problem> too_often(std::chrono::milliseconds wait) {
  ledger::Problem problem(ProblemKind::kTooManyAttempts, "");
  problem.retry_after_s = static_cast<int>((wait.count() + 999) / 1000);
  problem.detail =
      fmt::format("too many such requests came from your network; try again in {} s", *problem.retry_after_s);
  return std::unexpected(std::move(problem));
}

}  // namespace

Result<> NetworkRate::count(SteadyTime now, const net::IpAddress& address) {
  const std::lock_guard lock(mutex_);
  const auto wait = wait_of(now, address);
  if (wait > std::chrono::milliseconds(0)) return too_often(wait);
  for (const AttemptSubject& network : networks_of("", address)) use(now, network.name, network.share);
  return {};
}

bool NetworkRate::count_browser(SteadyTime now, const std::string& secret) {
  const std::lock_guard lock(mutex_);
  if (wait(now, secret, 1) > std::chrono::milliseconds(0)) return false;
  use(now, secret, 1);
  return true;
}

std::size_t NetworkRate::networks() const {
  const std::lock_guard lock(mutex_);
  return full_again_.size();
}

std::chrono::milliseconds NetworkRate::wait_of(SteadyTime now, const net::IpAddress& address) const {
  std::chrono::milliseconds longest(0);
  for (const AttemptSubject& network : networks_of("", address)) {
    longest = std::max(longest, wait(now, network.name, network.share));
  }
  return longest;
}

/// How long until there is one left: nothing is if all that may be had at once is on its way back.
std::chrono::milliseconds NetworkRate::wait(SteadyTime now, const std::string& network, int share) const {
  const auto known = full_again_.find(network);
  if (known == full_again_.end()) return std::chrono::milliseconds(0);
  const auto one_left = known->second - limit_.every / share * (limit_.at_once * share - 1);
  return std::chrono::ceil<std::chrono::milliseconds>(std::max(one_left - now, SteadyTime::duration(0)));
}

void NetworkRate::use(SteadyTime now, const std::string& network, int share) {
  auto known = full_again_.find(network);
  if (known == full_again_.end()) {
    make_room(now);
    known = full_again_.emplace(network, now).first;
  }
  known->second = std::max(known->second, now) + limit_.every / share;
}

void NetworkRate::make_room(SteadyTime now) {
  if (full_again_.size() < kNetworks) return;
  if (!swept_at_ || now >= *swept_at_ + kSweepInterval) {
    swept_at_ = now;
    std::erase_if(full_again_, [now](const auto& one) { return one.second <= now; });
  }
  if (full_again_.size() >= kNetworks) full_again_.erase(full_again_.begin());
}

}  // namespace larder::identity
