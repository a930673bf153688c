// FrontConfig: how requests are taken in, and answers sent.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "net/address.h"

namespace larder::api {

struct FrontConfig {
  std::vector<net::Prefix> trusted_proxies;  // whose X-Forwarded-For and X-Forwarded-Proto are believed
  std::size_t body_limit = 4 << 20;
  std::size_t workers = 8;                                          // threads that answer
  std::chrono::milliseconds send_stall = std::chrono::seconds(30);  // a client that does not take its answer
};

}  // namespace larder::api
