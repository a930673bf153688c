#include "simulation/refusal.h"

#include <fmt/format.h>

#include <charconv>

namespace larder::simulation {
namespace {

constexpr std::string_view kBad = "sig=bad-";  // sig=bad-503-later
constexpr std::string_view kLater = "-later";

}  // namespace

Refusal Refusal::draw(Random& random) {
  Refusal refusal;
  refusal.status = kStatuses[random.below(kStatuses.size())];
  refusal.later = random.happens(3'000);
  return refusal;
}

std::optional<Refusal> Refusal::of(std::string_view query) {
  if (!query.starts_with(kBad)) return std::nullopt;
  query.remove_prefix(kBad.size());
  Refusal refusal;
  refusal.later = query.ends_with(kLater);
  std::from_chars(query.data(), query.data() + query.size(), refusal.status);
  return refusal;
}

std::string Refusal::query() const { return fmt::format("{}{}{}", kBad, status, later ? kLater : ""); }

}  // namespace larder::simulation
