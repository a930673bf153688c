// larder-bench-load: asks one server for many ranges or objects at once and prints what it saw as one JSON line.
#include <arpa/inet.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/load/load_run.h"
#include "core/bytes.h"
#include "core/json_line.h"

namespace larder::bench {
namespace {

struct Options {
  std::string server;
  std::string size;
  std::string range_size = "0";
  double seconds = 0;
  std::uint64_t seed = 1;
  int stall_seconds = 30;
  Workload workload;
  LoadLimits limits;
};

// Errors: kInvalid unless `text` is IPv4:PORT on this machine: the load is never aimed at others.
Result<sockaddr_in> parse_server(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos ? 0 : std::atoi(text.c_str() + colon + 1);
  if (port <= 0 || port > 65535 || inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    return fail(Errc::kInvalid, "'{}' is no server; right would be 127.0.0.1:8080", text);
  }
  if ((ntohl(address.sin_addr.s_addr) >> 24) != 127) {
    return fail(Errc::kRefused, "'{}' is not on this machine (127.0.0.0/8)", text);
  }
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double milliseconds(std::chrono::nanoseconds duration) { return static_cast<double>(duration.count()) / 1e6; }

std::string to_json(const LoadTotals& totals) {
  return JsonLine()
      .add("requests", totals.requests)
      .add("bytes", totals.bytes)
      .add("errors", totals.errors)
      .add("first_error", totals.first_error)
      .add("elapsed_ms", milliseconds(totals.elapsed))
      .add("latency_p50_ms", milliseconds(totals.latency.percentile(0.5)))
      .add("latency_p99_ms", milliseconds(totals.latency.percentile(0.99)))
      .add("latency_max_ms", milliseconds(totals.latency.max()))
      .add("first_byte_p50_ms", milliseconds(totals.first_byte.percentile(0.5)))
      .add("first_byte_max_ms", milliseconds(totals.first_byte.max()))
      .add("client_cpu_ms", cpu_seconds() * 1e3)
      .finish();
}

Result<LoadTotals> run(Options options) {
  TRY(const auto server, parse_server(options.server));
  TRY(options.workload.size, parse_size(options.size));
  TRY(options.workload.range_size, parse_size(options.range_size));
  if (options.workload.size == 0 || options.workload.objects == 0 || options.limits.connections == 0) {
    return fail(Errc::kInvalid, "--size, --objects and --connections start at 1");
  }
  options.limits.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9));
  options.limits.stall = std::chrono::seconds(options.stall_seconds);
  if (options.limits.duration.count() <= 0 && options.limits.requests == 0) {
    return fail(Errc::kInvalid, "a run needs an end: --seconds or --requests");
  }
  return LoadRun(server, options.limits, RequestPlan(options.workload, options.seed)).run();
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--server", options.server, "IPv4:PORT, on this machine")->required();
  app.add_option("--target", options.workload.target, "request target; {} stands for the object's number")->required();
  app.add_option("--size", options.size, "bytes of each object, such as 64KiB")->required();
  app.add_option("--host", options.workload.host, "Host header")->default_val("bench.example");
  app.add_option("--first", options.workload.first, "number of the first object");
  app.add_option("--objects", options.workload.objects, "how many objects there are");
  app.add_option("--range-size", options.range_size, "random aligned ranges of this size instead of whole objects");
  app.add_flag("--in-order", options.workload.in_order, "objects one after the other instead of at random");
  app.add_option("--connections", options.limits.connections, "each with one request outstanding");
  app.add_option("--seconds", options.seconds, "end after this time");
  app.add_option("--requests", options.limits.requests, "end after this many requests");
  app.add_option("--stall-seconds", options.stall_seconds, "fail when nothing arrives for so long");
  app.add_option("--seed", options.seed, "the same seed asks for the same things");
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  CLI::App app("Loads one server on this machine and prints what it saw as one JSON line.", "larder-bench-load");
  larder::bench::Options options;
  larder::bench::add_options(app, options);
  CLI11_PARSE(app, argc, argv);

  const auto totals = larder::bench::run(std::move(options));
  if (!totals) {
    std::fprintf(stderr, "larder-bench-load: %s\n", totals.error().text.c_str());
    return 1;
  }
  std::fputs(larder::bench::to_json(*totals).c_str(), stdout);
  return totals->errors == 0 ? 0 : 1;
}
