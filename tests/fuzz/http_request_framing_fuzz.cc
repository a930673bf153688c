// Bodies of requests: wherever the bytes are cut, the same requests with the same bodies come out, and no byte of a
// body is taken for a head.
//
// The bytes behind the first are what one client sends on a connection; the first is the size of the pieces in which
// they arrive.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "http/server_session.h"

namespace {

using namespace larder;

// A peer in memory: gives `bytes` in pieces, swallows what is written, ends.
class Pieces final : public net::ByteStream {
 public:
  Pieces(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}

  net::IoStep try_read(std::span<std::byte> into) override {
    const std::size_t count = std::min({into.size(), piece_, bytes_.size()});
    if (count == 0) return net::IoStep::end();
    std::memcpy(into.data(), bytes_.data(), count);
    bytes_.remove_prefix(count);
    return net::IoStep::moved(count);
  }
  net::IoStep try_write(std::span<const std::byte> from, net::More) override { return net::IoStep::moved(from.size()); }
  net::IoStep try_send_file(int, std::uint64_t, std::size_t) override { return net::IoStep::failed(EIO); }
  Task<Result<>> wait(net::IoStep::Kind) override { co_return Result<>(); }
  void expire_at(SteadyTime, const std::atomic<bool>*) override {}
  net::Endpoint peer() const override { return {}; }
  net::Endpoint local() const override { return {}; }
  bool is_tls() const override { return false; }
  bool has_ended() const override { return false; }
  bool is_idle() const override { return bytes_.empty(); }
  void shutdown_send() override {}
  void close() override {}
  void abort() override {}

 private:
  std::string_view bytes_;
  std::size_t piece_;
};

class Recorder final : public http::RequestHandler {
 public:
  Task<http::Persistence> handle(http::Exchange& exchange) override {
    seen.emplace_back(std::string(exchange.head.method_text) + " " + std::string(exchange.head.target));
    auto body = co_await exchange.body.read(4096);
    seen.push_back(body ? "+" + *body : "-" + std::to_string(body.error().status));
    if (body && exchange.body.unread()) std::abort();
    co_return http::Persistence::kKeep;
  }
  bool takes_bodies() const override { return true; }
  void refused(net::ByteStream&, const http::HeadProblem& problem) override {
    seen.push_back("!" + std::to_string(problem.status));
  }

  std::vector<std::string> seen;
};

std::vector<std::string> requests_in(std::string_view bytes, std::size_t piece) {
  asio::io_context context(1);
  Pieces stream(bytes, piece);
  Recorder recorder;
  std::atomic<bool> stopping = false;
  const http::SessionLimits limits;
  TaskGroup tasks(context.get_executor());
  tasks.spawn(http::serve(stream, recorder, limits, stopping));
  context.run();
  return recorder.seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = requests_in(bytes, bytes.size() + 1);
  if (whole != requests_in(bytes, std::size_t{data[0]} % 64 + 1)) std::abort();
  std::size_t total = 0;
  for (const std::string& part : whole) total += part.starts_with('+') ? part.size() - 1 : 0;
  if (total > bytes.size()) std::abort();
  return 0;
}
