// A real larder-portal at its edges: TLS, proxies, bodies, its end, and what an operator does from the command line.
#include "portal_test.h"

namespace larder {
namespace {

using integration::kMethods;
using support::HttpClient;

using PortalFront = integration::PortalTest;

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
  limits_ = "body = \"64KiB\"\n";
  configure();
  start();
  HttpClient client(http_);
  client.send("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" +
              std::string(0x10001, 'x') + "\r\n0\r\n\r\nGET " + kMethods + " HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_response("POST");
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("urn:larder:problem:too-large"), std::string::npos) << answer.body;
  EXPECT_TRUE(ends(client));
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
  EXPECT_TRUE(ends(idle));
  running.send("{}");
  const auto answer = running.read_response("POST");
  EXPECT_EQ(answer.status, 422) << answer.body;
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(portal_->wait(), 0);
}

TEST_F(PortalFront, AClientThatDoesNotFinishItsBodyDoesNotHoldUpTheEnd) {
  configure("", "[log]\ntarget = \"" + (folder_ / "log") + "\"\n");
  start();
  HttpClient unfinished(http_);
  unfinished.send(
      "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  ASSERT_TRUE(unfinished.socket().wait_readable(support::kPatience));
  portal_->signal(SIGTERM);
  EXPECT_EQ(unfinished.read_response("POST").status, 503);
  EXPECT_EQ(portal_->wait(), 0);
  EXPECT_EQ(support::read_file(folder_ / "log").find("requests cut off"), std::string::npos);
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
  EXPECT_EQ(support::fetch(status_, "/metrics", {"Sec-Fetch-Site: cross-site"}).status, 403);
  HttpClient rebound(status_);
  rebound.send("GET /metrics HTTP/1.1\r\nHost: attacker.example\r\n\r\n");
  EXPECT_EQ(rebound.read_response().status, 421);
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
