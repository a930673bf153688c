// PortalTest: a real larder-portal with an SQLite database, in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/certificate.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/program.h"
#include "support/temp_dir.h"

namespace larder::integration {

inline constexpr std::string_view kQuickHashes = "[sign_in]\nhash_memory = \"8MiB\"\nhash_passes = 1\n";
inline const std::string kMethods = "/api/v1/sign-in-methods";

class PortalTest : public testing::Test {
 protected:
  // No good client runs into these, however busy the machine is. A test makes the one short that it is about.
  struct TimeOuts {
    std::string idle = "1h";
    std::string head = "1h";
    std::string body_time = "1h";
    std::string send_stall = "1h";
  };

  /// `listen`: further lines of that table; `tables`: further ones.
  void configure(const std::string& listen = "", const std::string& tables = "") {
    const std::string limits = "[limits]\nidle = \"" + time_outs_.idle + "\"\nhead = \"" + time_outs_.head +
                               "\"\nbody_time = \"" + time_outs_.body_time + "\"\nsend_stall = \"" +
                               time_outs_.send_stall + "\"\n" + limits_;
    support::write_file(folder_ / "portal.toml", "[listen]\nhttp = \"127.0.0.1:0\"\nstatus = \"127.0.0.1:0\"\n" +
                                                     listen + "[database]\nurl = \"sqlite:" + (folder_ / "portal.db") +
                                                     "\"\n" + limits + tables + std::string(kQuickHashes));
  }
  static std::string tls_tables(const support::CertificateFiles& files) {
    return "[tls]\ncertificate = \"" + files.certificate + "\"\nkey = \"" + files.key + "\"\n";
  }
  std::vector<std::string> command(std::vector<std::string> words) const {
    words.insert(words.begin(), {LARDER_PORTAL_PROGRAM, "--config", folder_ / "portal.toml"});
    return words;
  }
  void start() {
    const std::string ports = folder_ / "ports.json";
    std::filesystem::remove(ports);
    portal_ = std::make_unique<support::Program>(command({"--ports-file", ports}),
                                                 folder_ / ("output-" + std::to_string(++starts_)));
    ASSERT_TRUE(support::eventually([&] { return std::filesystem::exists(ports) || !portal_->is_running(); }));
    ASSERT_TRUE(portal_->is_running()) << portal_->output();
    const auto said = boost::json::parse(support::read_file(ports)).as_object();
    http_ = said.at("http").as_array().at(0).as_string();
    status_ = said.at("status").as_string();
    if (!said.at("https").as_array().empty()) https_ = said.at("https").as_array().at(0).as_string();
  }
  int stop() {
    portal_->signal(SIGTERM);
    return portal_->wait();
  }
  /// What the start says that fails.
  std::string refusal() {
    const auto result = support::run_program(command({}));
    EXPECT_EQ(result.exit_code, 1);
    return result.output;
  }
  /// Whether the portal ends the connection. So does the client then, as clients do: the portal waits a while for that.
  static bool ends(support::HttpClient& client) {
    const bool closed = client.peer_closes();
    client.socket().close();
    return closed;
  }
  int sign_in(const std::string& password) {
    const std::string body = R"({"email":"admin@localhost","password":")" + password + "\"}";
    support::HttpClient client(http_);
    client.send("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_response("POST").status;
  }
  std::string first_password() const {
    const std::string said = portal_->output();
    const std::size_t at = said.find("\npassword: ");
    return at == std::string::npos ? "" : said.substr(at + 11, said.find('\n', at + 11) - at - 11);
  }

  TimeOuts time_outs_;
  std::string limits_;  // further lines of that table

  support::TempDir folder_{support::TempDir::Where::kMemory};
  std::unique_ptr<support::Program> portal_;
  std::string http_;
  std::string https_;
  std::string status_;
  int starts_ = 0;
};

}  // namespace larder::integration
