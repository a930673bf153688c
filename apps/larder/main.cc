// larder: the command line of the portal. Gives cli::run() the real world.
#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "cli/program.h"
#include "core/clock.h"
#include "terminal/terminal.h"

namespace {

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "this machine";
  return name.data();
}

larder::terminal::Screen screen() {
  const auto width = larder::terminal::terminal_width(STDOUT_FILENO);
  const bool dumb = variable("TERM").value_or("dumb") == "dumb";
  return {.colours = width.has_value() && !dumb && !variable("NO_COLOR"), .width = width};
}

// A stream that the caller closed must not be what the next file or connection is given. Writing to it fails.
void hold_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    const int held = ::open("/dev/full", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);
    if (held < 0) ::_exit(static_cast<int>(larder::cli::ExitCode::kUsage));
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  ::signal(SIGPIPE, SIG_DFL);  // `larder node list | head` ends quietly
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    std::fprintf(stderr, "larder: libcurl does not start\n");
    return static_cast<int>(larder::cli::ExitCode::kUsage);
  }
  const larder::SystemClock clock;
  larder::cli::Environment environment{
      .console = {.in = std::cin,
                  .out = std::cout,
                  .error = std::cerr,
                  .ask_secret = larder::terminal::ask_secret,
                  .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
                  .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                  .screen = screen()},
      .clock = clock,
      .variable = variable,
      .pause = [](std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); },
      .host_name = host_name(),
  };
  return static_cast<int>(larder::cli::run({argv + 1, argv + argc}, environment));
}
