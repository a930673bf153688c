// test_seed(): where tests get their random numbers from. It is the same in every run of one tree (scripts/test), so
// that what failed fails again, and another one for the next tree.
//
//     SCOPED_TRACE(seed_trace());
//     std::mt19937 random(test_seed());
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace larder::support {

inline constexpr const char* kSeedVariable = "LARDER_TEST_SEED";

/// The decimal number in the environment variable LARDER_TEST_SEED, folded to 32 bits; 1 without one.
inline std::uint32_t test_seed() {
  const char* given = std::getenv(kSeedVariable);
  if (given == nullptr) return 1;
  const std::string_view text = given;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(std::string(kSeedVariable) + " is \"" + given + "\" and should be a decimal number");
  }
  return static_cast<std::uint32_t>(number ^ number >> 32);
}

/// What to set to get the same random numbers again.
inline std::string seed_trace() { return std::string(kSeedVariable) + "=" + std::to_string(test_seed()); }

}  // namespace larder::support
