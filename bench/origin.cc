// larder-bench-origin: the origin of a benchmark run: numbered objects, limited on request, that counts what it is
// asked.
//
// GET /<name>/<number> is an object; GET /counters says how many requests and body bytes there were so far.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/json_line.h"
#include "support/fake_origin.h"

namespace larder::bench {
namespace {

struct Options {
  std::string ports_file;
  std::string rate_total;
  std::string rate_per_connection;
  std::vector<std::string> objects;
};

// NAME:COUNT:SIZE, such as "small:1000:64KiB".
struct ObjectSet {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t size = 0;
};

Result<ObjectSet> parse_object_set(std::string_view text) {
  const auto first = text.find(':');
  const auto second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos) {
    return fail(Errc::kInvalid, "'{}' is no set of objects; right would be small:1000:64KiB", text);
  }
  ObjectSet set;
  set.name = text.substr(0, first);
  const auto count = text.substr(first + 1, second - first - 1);
  if (std::from_chars(count.data(), count.data() + count.size(), set.count).ec != std::errc()) {
    return fail(Errc::kInvalid, "'{}' in '{}' is no count", count, text);
  }
  TRY(set.size, parse_size(text.substr(second + 1)));
  return set;
}

Result<std::uint64_t> optional_rate(const std::string& text) {
  if (text.empty()) return std::uint64_t{0};
  return parse_rate(text);
}

void offer(support::FakeOrigin& origin, const ObjectSet& set, std::atomic<std::uint64_t>& requests) {
  for (std::uint64_t number = 0; number < set.count; ++number) {
    const auto path = fmt::format("/{}/{}", set.name, number);
    origin.put(path, support::OriginObject{.seed = number, .size = set.size});
    origin.script(path, [&requests](const support::OriginRequest&) {
      ++requests;
      return support::OriginReply();
    });
  }
}

void offer_counters(support::FakeOrigin& origin, const std::atomic<std::uint64_t>& requests) {
  origin.script("/counters", [&origin, &requests](const support::OriginRequest&) {
    support::OriginReply reply;
    reply.status = 200;
    reply.body = JsonLine().add("requests", requests.load()).add("body_bytes", origin.body_bytes_sent()).finish();
    return reply;
  });
}

Result<> write_ports(const std::string& path, const std::string& address) {
  // Beside it first: whoever waits for the file sees all of it or nothing.
  const auto unfinished = path + ".new";
  std::ofstream(unfinished) << R"({"http":[")" << address << "\"]}\n";
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) return fail_errno(errno, path);
  return {};
}

Result<> run(const Options& options) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  support::FakeOrigin::Options origin_options;
  TRY(origin_options.bytes_per_second, optional_rate(options.rate_total));
  TRY(origin_options.bytes_per_second_per_connection, optional_rate(options.rate_per_connection));
  origin_options.record = false;

  std::atomic<std::uint64_t> requests = 0;
  support::FakeOrigin origin(origin_options);
  for (const auto& text : options.objects) {
    TRY(const auto set, parse_object_set(text));
    offer(origin, set, requests);
  }
  offer_counters(origin, requests);
  TRY_VOID(write_ports(options.ports_file, origin.address()));

  int signal = 0;
  sigwait(&ends, &signal);
  return {};
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  CLI::App app("Serves numbered objects on a free port of 127.0.0.1 and counts requests.", "larder-bench-origin");
  larder::bench::Options options;
  app.add_option("--ports-file", options.ports_file, "where to write the address, as JSON")->required();
  app.add_option("--rate-total", options.rate_total, "limit of all connections together, such as 100MB/s");
  app.add_option("--rate-per-connection", options.rate_per_connection, "limit of each connection");
  app.add_option("--objects", options.objects, "NAME:COUNT:SIZE, such as small:1000:64KiB")->required();
  CLI11_PARSE(app, argc, argv);

  if (const auto done = larder::bench::run(options); !done) {
    std::fprintf(stderr, "larder-bench-origin: %s\n", done.error().text.c_str());
    return 1;
  }
  return 0;
}
