// A real larder-portal at its edges: TLS, proxies, bodies, its end, and what an operator does from the command line.
#include <signal.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>

#include "net/dialler.h"
#include "support/certificate.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/program.h"
#include "support/task_fixture.h"
#include "support/temp_dir.h"

namespace larder {
namespace {

using support::HttpClient;

constexpr std::string_view kQuickHashes = "[sign_in]\nhash_memory = \"8MiB\"\nhash_passes = 1\n";
const std::string kMethods = "/api/v1/sign-in-methods";

class PortalFront : public support::TaskFixture {
 protected:
  /// `listen`: further lines of that table; `tables`: further ones.
  void configure(const std::string& listen = "", const std::string& tables = "") {
    support::write_file(folder_ / "portal.toml", "[listen]\nhttp = \"127.0.0.1:0\"\nstatus = \"127.0.0.1:0\"\n" +
                                                     listen + "[database]\nurl = \"sqlite:" + (folder_ / "portal.db") +
                                                     "\"\n" + tables + std::string(kQuickHashes));
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
  int sign_in(const std::string& password) {
    const std::string body = R"({"email":"admin@localhost","password":")" + password + "\"}";
    HttpClient client(http_);
    client.send("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_response("POST").status;
  }
  std::string first_password() const {
    const std::string said = portal_->output();
    const std::size_t at = said.find("\npassword: ");
    return at == std::string::npos ? "" : said.substr(at + 11, said.find('\n', at + 11) - at - 11);
  }

  support::TempDir folder_;
  std::unique_ptr<support::Program> portal_;
  std::string http_;
  std::string https_;
  std::string status_;
  int starts_ = 0;
};

std::string tls_tables(const support::CertificateFiles& files) {
  return "[tls]\ncertificate = \"" + files.certificate + "\"\nkey = \"" + files.key + "\"\n";
}

TEST_F(PortalFront, ServesHttpsWithItsOwnCertificate) {
  const auto files = support::make_certificate(folder_.path(), "portal.test");
  configure("https = \"127.0.0.1:0\"\n", tls_tables(files));
  start();
  const auto tls = *net::TlsContext::client(files.certificate);
  const SteadyTime deadline = std::chrono::steady_clock::now() + support::kPatience;
  auto stream =
      run(net::dial_tls(executor(), sweeper_, *net::parse_endpoint(https_), tls, std::string("portal.test"), deadline));
  ASSERT_TRUE(stream) << stream.error().text;
  const std::string request = "GET " + kMethods + " HTTP/1.1\r\nHost: portal.test\r\nConnection: close\r\n\r\n";
  ASSERT_TRUE(run((*stream)->write_all(support::as_bytes(request))));
  const std::string answer = run(support::read_to_end(**stream));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nStrict-Transport-Security: max-age="), std::string::npos) << answer;
  (*stream)->close();
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalFront, WhatItCannotStartWithIsNamed) {
  configure("https = \"127.0.0.1:0\"\n", "[tls]\ncertificate = \"/nowhere.pem\"\nkey = \"/nowhere.pem\"\n");
  EXPECT_NE(refusal().find("/nowhere.pem"), std::string::npos);

  const auto socket = support::Socket::listen("127.0.0.1:0");
  configure("https = \"" + socket.local_address() + "\"\n",
            tls_tables(support::make_certificate(folder_.path(), "portal.test")));
  EXPECT_NE(refusal().find(socket.local_address() + ": another program uses this port"), std::string::npos);

  support::write_file(folder_ / "portal.toml", "[listen]\nhttp = \"0.0.0.0:0\"\n");
  EXPECT_NE(refusal().find("proxy.trusted"), std::string::npos);

  support::write_file(folder_ / "portal.toml", "[database]\nurl = \"sqlite:/nowhere/portal.db\"\n");
  EXPECT_NE(refusal().find("/nowhere"), std::string::npos);
}

TEST_F(PortalFront, OnlyAListedProxyIsBelieved) {
  const std::vector<std::string> forwarded = {"X-Forwarded-For: 192.0.2.77", "X-Forwarded-Proto: https"};
  for (const bool listed : {false, true}) {
    configure("", listed ? "[proxy]\ntrusted = \"127.0.0.1\"\n" : "");
    start();
    const auto answer = support::fetch(http_, kMethods, forwarded);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.head.count("Strict-Transport-Security") > 0, listed);
    EXPECT_EQ(stop(), 0);
    const std::string seen = listed ? R"("client":"192.0.2.77")" : R"("client":"127.0.0.1")";
    EXPECT_NE(portal_->output().find(seen), std::string::npos) << portal_->output();
  }
}

TEST_F(PortalFront, ALargeBodyIsAnsweredAndNotTakenIn) {
  configure("", "[limits]\nbody = \"64KiB\"\n");
  start();
  HttpClient client(http_);
  client.send("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" +
              std::string(0x10001, 'x') + "\r\n0\r\n\r\nGET " + kMethods + " HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_response("POST");
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("urn:larder:problem:too-large"), std::string::npos) << answer.body;
  EXPECT_TRUE(client.peer_closes());
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalFront, ARequestThatRunsIsFinishedWhenThePortalEnds) {
  configure();
  start();
  HttpClient running(http_);
  running.send(
      "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  ASSERT_TRUE(running.socket().wait_readable(support::kPatience));  // "go on": the request has begun
  HttpClient idle(http_);
  portal_->signal(SIGTERM);
  EXPECT_TRUE(idle.peer_closes());
  running.send("{}");
  const auto answer = running.read_response("POST");
  EXPECT_EQ(answer.status, 422) << answer.body;
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(portal_->wait(), 0);
}

TEST_F(PortalFront, TheStatusAddressTellsOfHealthAndFigures) {
  configure();
  start();
  EXPECT_EQ(support::fetch(status_, "/healthz").body, "ok\n");
  support::fetch(http_, kMethods);
  const std::string metrics = support::fetch(status_, "/metrics").body;
  EXPECT_NE(metrics.find(R"(larder_portal_requests_total{method="GET",route="sign-in-methods",status="200"} 1)"),
            std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("\nlarder_portal_open_reviews 0\n"), std::string::npos);
  EXPECT_EQ(support::fetch(status_, "/nix").status, 404);
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalFront, TheFirstPasswordIsToldOnceAndNeverLogged) {
  configure("", "[log]\ntarget = \"" + (folder_ / "log") + "\"\n");
  start();
  const std::string password = first_password();
  ASSERT_FALSE(password.empty()) << portal_->output();
  EXPECT_EQ(sign_in(password), 201);
  EXPECT_EQ(stop(), 0);
  start();
  EXPECT_EQ(first_password(), "");
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(support::read_file(folder_ / "log").find(password), std::string::npos);
}

TEST_F(PortalFront, ABackupIsMadeWhileItRunsAndRestoredWhenItDoesNot) {
  configure();
  start();
  const std::string password = first_password();
  const auto made = support::run_program(command({"backup", folder_ / "copy"}));
  EXPECT_EQ(made.exit_code, 0) << made.output;
  const auto reset = support::run_program(command({"reset-password", "admin@localhost"}));
  ASSERT_EQ(reset.exit_code, 0) << reset.output;
  EXPECT_EQ(sign_in(reset.output.substr(0, reset.output.find('\n'))), 201);
  EXPECT_EQ(sign_in(password), 401);

  const auto refused = support::run_program(command({"restore", folder_ / "copy"}));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.output.find("open"), std::string::npos) << refused.output;
  EXPECT_EQ(stop(), 0);
  const auto restored = support::run_program(command({"restore", folder_ / "copy"}));
  EXPECT_EQ(restored.exit_code, 0) << restored.output;
  start();
  EXPECT_EQ(sign_in(password), 201);
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalFront, CheckLooksAtTheDatabaseAndMakesNone) {
  configure();
  const auto before = support::run_program(command({"--check"}));
  EXPECT_EQ(before.exit_code, 0) << before.output;
  EXPECT_NE(before.output.find("there is no database yet"), std::string::npos) << before.output;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "portal.db"));
  start();
  const auto after = support::run_program(command({"--check"}));
  EXPECT_NE(after.output.find("the database answers"), std::string::npos) << after.output;
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace larder
