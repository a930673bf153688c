// Clients that a real larder-portal has to bear: slow ones, wrong ones, and those that talk something else.
#include <sys/resource.h>

#include <thread>
#include <utility>
#include <vector>

#include "portal_test.h"

namespace larder::integration {
namespace {

using namespace std::string_literals;
using support::HttpClient;
using support::HttpResponse;

const std::string kGet = "GET " + kMethods + " HTTP/1.1\r\nHost: a\r\n\r\n";

std::string get(const std::string& target, const std::string& fields = "Host: a\r\n") {
  return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
}

class PortalClients : public PortalTest {
 protected:
  HttpResponse answer(std::string_view bytes) {
    HttpClient client(http_);
    client.send(bytes);
    return client.read_response();
  }
  bool serves() { return support::fetch(http_, kMethods).status == 200; }
  static void expect_408(HttpClient& client) {
    const HttpResponse response = client.read_response();
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(response.head.field("Content-Type"), "application/problem+json");
    EXPECT_TRUE(ends(client));
  }
};

TEST_F(PortalClients, WhoSaysNothingIsLeftWithoutAnAnswer) {
  time_outs_.idle = "200ms";
  configure();
  start();
  HttpClient silent(http_);
  EXPECT_TRUE(ends(silent));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, WhoseHeadIsSlowIsToldSo) {
  time_outs_.head = "200ms";
  configure();
  start();
  HttpClient client(http_);
  client.send("GET / HTTP/1.1\r\nHo");
  expect_408(client);
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, WhoseBodyIsSlowIsToldSo) {
  time_outs_.body_time = "200ms";
  configure();
  start();
  HttpClient client(http_);
  client.send(
      "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
  expect_408(client);
  EXPECT_TRUE(serves());
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, WhoNeverReadsIsCutOffAndHoldsNobodyUp) {
  time_outs_.send_stall = "200ms";
  configure();
  start();
  HttpClient lazy(http_);
  std::thread asking([&] {  // far more answers than the kernel takes for it; ends when the portal gives up
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += get("/api/v1/openapi.json");
    while (lazy.send(requests)) {
    }
  });
  EXPECT_TRUE(serves());
  asking.join();
  EXPECT_TRUE(serves());
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, WhoEndsItsSideStillGetsItsAnswers) {
  configure();
  start();
  HttpClient client(http_);
  client.send(kGet + kGet + "HEAD " + kMethods + " HTTP/1.1\r\nHost: a\r\n\r\n" + kGet);
  client.socket().shut_down_sending();
  for (const char* method : {"GET", "GET", "HEAD", "GET"}) {
    const HttpResponse response = client.read_response(method);
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
  }
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, BodiesOfAnyFramingAreRead) {
  configure();
  start();
  const std::string head = "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  HttpClient client(http_);
  client.send(head + "Content-Length: 2\r\n\r\n{}" + head +
              "Transfer-Encoding: chunked\r\n\r\n1;ext=\"x\"\r\n{\r\n1\r\n}\r\n0\r\nTrailer: t\r\n\r\n" + kGet);
  EXPECT_EQ(client.read_response("POST").status, 422);
  EXPECT_EQ(client.read_response("POST").status, 422);
  EXPECT_EQ(client.read_response().status, 200) << "what follows a body is the next request";
  EXPECT_EQ(answer(head + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n").status, 417);
  EXPECT_EQ(answer(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n").status, 400);
  EXPECT_EQ(answer(head + "Transfer-Encoding: gzip, chunked\r\n\r\n").status, 501);

  HttpClient both(http_);  // the one that smuggles
  both.send(head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kGet);
  EXPECT_EQ(both.read_response().status, 400);
  EXPECT_TRUE(ends(both));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, ARequestMayNameThePortalItself) {
  configure();
  start();
  EXPECT_EQ(answer(get("http://portal.example" + kMethods)).status, 200);
  EXPECT_EQ(answer(get("https://portal.example" + kMethods + "?x=/y")).status, 200);
  EXPECT_EQ(answer(get("http://portal.example?" + kMethods)).head.field("Content-Type"), "text/html; charset=utf-8")
      << "that is a query, and the path is the first page's";
  EXPECT_EQ(answer(get("/%")).status, 404) << "no path of the portal's reads like that";
  EXPECT_EQ(answer("GET " + kMethods + " HTTP/1.0\r\n\r\n").status, 200);
  HttpClient old(http_);
  old.send("GET " + kMethods + " HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_response().head.field("Connection"), "close");
  EXPECT_TRUE(ends(old));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, WhatIsNoRequestIsRefusedAsAProblem) {
  configure();
  start();
  const std::vector<std::pair<std::string, int>> wrong = {
      {get(kMethods, ""), 400},
      {get(kMethods, "Host: a\r\nHost: b\r\n"), 400},
      {get(kMethods, "Host: a b\r\n"), 400},
      {get(kMethods, "Host: me@a\r\n"), 400},
      {get(kMethods, "Host: a:99999\r\n"), 400},
      {get(kMethods, "Host: a\r\nX: " + std::string(200'000, 'x') + "\r\n"), 431},
      {get("/" + std::string(200'000, 'x')), 431},
      {get("nodes"), 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s + std::string(600, '\x7F') + "\r\n\r\n", 400},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"GET " + kMethods + " HTTP/1.1\nHost: a\n\n", 400},
  };
  for (const auto& [bytes, status] : wrong) {
    HttpClient client(http_);
    client.send(bytes);
    const HttpResponse response = client.read_response();
    EXPECT_EQ(response.status, status) << bytes.substr(0, 100);
    EXPECT_TRUE(response.complete) << bytes.substr(0, 100);
    EXPECT_EQ(response.head.field("Content-Type"), "application/problem+json") << bytes.substr(0, 100);
    EXPECT_TRUE(ends(client)) << bytes.substr(0, 100);
  }
  EXPECT_TRUE(serves());
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, BeyondTheLimitOfConnectionsTheAnswerIsAProblemThatArrives) {
  limits_ = "connections = 2\nunlimited_clients = []\n";  // so one for each
  configure();
  start();
  HttpClient first(http_);
  HttpClient second(http_, nullptr, "127.0.0.2:0");
  for (HttpClient* client : {&first, &second}) EXPECT_EQ(client->fetch(kMethods).status, 200);
  HttpClient third(http_);
  third.send("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n" + std::string(150'000, 'x'));
  const HttpResponse response = third.read_response();
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.complete);
  EXPECT_NE(response.body.find("urn:larder:problem:unavailable"), std::string::npos) << response.body;
  EXPECT_TRUE(ends(third));
  EXPECT_EQ(first.fetch(kMethods).status, 200);
  first.socket().close();
  EXPECT_TRUE(support::eventually([&] { return serves(); }));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalClients, OutOfDescriptorsItSaysSoAndGoesOnWhenThereAreSome) {
  configure();
  start();
  EXPECT_TRUE(serves());
  rlimit before{};
  ASSERT_EQ(::prlimit(portal_->id(), RLIMIT_NOFILE, nullptr, &before), 0);
  const rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
  ASSERT_EQ(::prlimit(portal_->id(), RLIMIT_NOFILE, &none, nullptr), 0);
  HttpClient waiting(http_);
  waiting.send(kGet);
  EXPECT_TRUE(
      support::eventually([&] { return portal_->output().find("cannot accept connections") != std::string::npos; }));
  EXPECT_NE(portal_->output().find("Too many open files"), std::string::npos) << portal_->output();
  ASSERT_EQ(::prlimit(portal_->id(), RLIMIT_NOFILE, &before, nullptr), 0);
  EXPECT_EQ(waiting.read_response().status, 200);
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace larder::integration
