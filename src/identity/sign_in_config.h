// SignInConfig: how people sign in: [sign_in] of the configuration.
#pragma once

#include <chrono>
#include <cstdint>

namespace larder::identity {

struct SignInConfig {
  std::chrono::milliseconds session = std::chrono::hours(12);  // at most, from signing in
  std::chrono::milliseconds idle = std::chrono::hours(2);      // without a request
  int password_least = 12;                                     // characters
  std::uint64_t hash_memory = 64ULL << 20;                     // argon2id: bytes ...
  int hash_passes = 3;                                         // ... and passes over them
  int attempts = 5;                                            // wrong passwords for an account or from an address ...
  std::chrono::milliseconds attempt_window = std::chrono::minutes(15);  // ... within this time
};

}  // namespace larder::identity
