// AccessRecord: what one request came to, for the access log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/log.h"
#include "net/address.h"

namespace larder::node {

struct AccessRecord {
  net::Endpoint client;
  std::string_view method;
  std::string_view origin;  // empty: the request named none that could be read
  std::string_view path;
  std::string_view range;  // as asked for; empty: none
  int status = 0;
  std::uint64_t bytes = 0;  // of the body, handed to the kernel
  std::uint64_t hit_bytes = 0;
  std::uint64_t fill_bytes = 0;
  std::string_view forwarded;  // why it was forwarded; empty: it was not
  SteadyTime begun{};
  SteadyTime first_byte{};  // begun's value if none was sent
  std::string_view reason;  // why not, if it was not served
};

/// Appends the record to `log` as of `now`.
void write_access(Log& log, const AccessRecord& record, SteadyTime now);

}  // namespace larder::node
