// CliTest: runs `larder` inside the test, with a world that the test makes.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/fake_portal.h"
#include "support/manual_clock.h"
#include "support/temp_dir.h"

namespace larder::cli {

using support::Answer;
using support::Asked;
using support::FakePortal;
using support::items;
using support::problem;

class CliTest : public ::testing::Test {
 protected:
  struct Run {
    ExitCode code;
    std::string out;
    std::string error;
  };

  /// Runs with the portal and a token in the environment.
  Run run(const FakePortal& portal, const std::vector<std::string>& words) {
    variables["LARDER_PORTAL"] = portal.url();
    variables["LARDER_TOKEN"] = "ldr_token";
    return run(words);
  }

  Run run(const std::vector<std::string>& words) {
    std::istringstream in(input);
    std::ostringstream out;
    if (out_is_full) out.setstate(std::ios::badbit);
    std::ostringstream error;
    variables.try_emplace("XDG_CONFIG_HOME", folder.path());
    Environment environment{
        .console = {.in = in,
                    .out = out,
                    .error = error,
                    .ask_secret = [this](std::string_view) -> larder::Result<std::string> {
                      if (secret.empty() && secrets.empty()) {
                        return fail(Errc::kUnavailable, "There is no terminal to ask for the password");
                      }
                      if (secrets.empty()) return secret;
                      std::string first = std::move(secrets.front());
                      secrets.erase(secrets.begin());
                      return first;
                    },
                    .in_is_terminal = in_is_terminal,
                    .out_is_terminal = screen.width.has_value(),
                    .screen = screen},
        .clock = clock,
        .variable = [this](std::string_view name) -> std::optional<std::string> {
          const auto found = variables.find(std::string(name));
          if (found == variables.end()) return std::nullopt;
          return found->second;
        },
        .pause =
            [this](std::chrono::milliseconds duration) {
              pauses.push_back(duration);
              clock.advance(duration);
            },
        .host_name = "test-host",
    };
    const ExitCode code = cli::run(words, environment);
    return {code, out.str(), error.str()};
  }

  support::TempDir folder;
  support::ManualClock clock;
  std::map<std::string, std::string> variables;
  std::vector<std::chrono::milliseconds> pauses;
  std::string input;
  std::string secret;
  std::vector<std::string> secrets;  // before it, one for each question
  bool in_is_terminal = false;
  bool out_is_full = false;
  terminal::Screen screen;
};

inline constexpr const char* kNodeId = "0192a000-0000-7000-8000-00000000000a";
inline constexpr const char* kOrganisationId = "0192a000-0000-7000-8000-00000000000b";
inline constexpr const char* kResourceId = "0192a000-0000-7000-8000-00000000000c";

inline std::string organisation_json(const std::string& name, const std::string& id = kOrganisationId) {
  return R"({"id":")" + id + R"(","name":")" + name + R"(","kind":"isp","node_count":0})";
}
inline std::string resource_json(const std::string& name) {
  return std::string(R"({"id":")") + kResourceId + R"(","name":")" + name + R"(","organisation":{"id":")" +
         kOrganisationId + R"(","name":"North"}})";
}
inline std::string node_json(const std::string& name, const std::string& more = "", const std::string& id = kNodeId) {
  return R"({"id":")" + id + R"(","name":")" + name + R"(","customer_id":")" + kOrganisationId +
         R"(","organisation":{"id":")" + kOrganisationId + R"(","name":"North","kind":"isp"},"resource":{"id":")" +
         kResourceId + R"(","name":"default"},"cidr_blocks":["198.51.100.0/24"],"labels":{"site":"north"},)" +
         R"("update":{"ring":"slow","week":2,"day":null,"time":null},)" +
         R"("intent":{"state":"enabled","until":null,"effective":"enabled"},)" +
         R"("ip_space":{"state":"valid","ipv4_addresses":256,"ipv6_networks":0},)" +
         R"("configuration":{"state":"configured","missing":[]})" + more + "}";
}

}  // namespace larder::cli
