#include "node/access_record.h"

namespace larder::node {
namespace {

// Bytes of what a client may have made up.
constexpr std::size_t kMostMethod = 32;
constexpr std::size_t kMostRange = 1000;

double milliseconds(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

}  // namespace

void write_access(Log& log, const AccessRecord& record, SteadyTime now) {
  log.write(Level::kInfo, "access", [&](JsonLine& line) {
    line.add("client", net::to_string(record.client.address)).add("method", record.method.substr(0, kMostMethod));
    line.add("origin", record.origin).add("path", record.path);
    if (!record.range.empty()) line.add("range", record.range.substr(0, kMostRange));
    line.add("status", record.status).add("bytes", record.bytes);
    line.add("hit_bytes", record.hit_bytes).add("fill_bytes", record.fill_bytes);
    if (!record.forwarded.empty()) line.add("forwarded", record.forwarded);
    line.add("first_byte_ms", milliseconds(record.begun, record.first_byte));
    line.add("duration_ms", milliseconds(record.begun, now));
    if (!record.reason.empty()) line.add("reason", record.reason);
  });
}

}  // namespace larder::node
