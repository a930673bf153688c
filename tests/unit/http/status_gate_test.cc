#include "http/status_gate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace larder::http {
namespace {

/// The status of the refusal; 0: let in. `more`: header lines.
int gate_answer(const std::string& host, const std::string& more = "", const std::string& target = "/summary") {
  static const StatusGate gate({"Cache1.example.net"});
  const std::string bytes =
      "GET " + target + " HTTP/1." + (host.empty() ? "0\r\n" : "1\r\nHost: " + host + "\r\n") + more + "\r\n";
  const auto head = parse_request_head(bytes, 16 * 1024);
  EXPECT_TRUE(head && *head) << bytes;
  const auto refused = gate.refusal(**head);
  return refused ? refused->status : 0;
}

TEST(StatusGate, AnswersToAddressesAndToNamesThatNobodyElseCanOwn) {
  for (const char* host : {"127.0.0.1", "192.0.2.7:5000", "[::1]:5000", "[2001:db8::1]", "localhost", "LOCALHOST:5000",
                           "localhost.", "cache1.example.net", "CACHE1.example.net:5000"}) {
    EXPECT_EQ(gate_answer(host), 0) << host;
  }
  std::array<char, 256> name{};
  ASSERT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  EXPECT_EQ(gate_answer(name.data()), 0) << name.data();
}

TEST(StatusGate, OtherNamesMayBeAnAttackersAndGet421) {
  for (const char* host :
       {"attacker.example", "attacker.example:5000", "127.0.0.1.attacker.example", "localhost.example",
        "cache1.example.net.attacker.example", "127.1", "0x7f000001", "2130706433"}) {
    EXPECT_EQ(gate_answer(host), 421) << host;
  }
  EXPECT_EQ(gate_answer("127.0.0.1", "", "http://attacker.example/summary"), 421) << "the target goes before Host";
}

TEST(StatusGate, ARefusalSaysWhichSettingWouldAllowTheName) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: cache9.example.net:5000\r\n\r\n";
  const auto head = parse_request_head(bytes, 16 * 1024);
  const auto refused = StatusGate({}).refusal(**head);
  ASSERT_TRUE(refused.has_value());
  EXPECT_NE(refused->body.find("'cache9.example.net'"), std::string::npos);
  EXPECT_NE(refused->body.find("listen.status_names"), std::string::npos);
}

TEST(StatusGate, ProgramsThatSendNoHostAreLetIn) { EXPECT_EQ(gate_answer(""), 0); }

TEST(StatusGate, PagesOfOtherSitesAreRefusedAndLinksAreNot) {
  const std::string here = "127.0.0.1:5000";
  EXPECT_EQ(gate_answer(here, "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n"), 0);
  EXPECT_EQ(gate_answer(here, "Sec-Fetch-Site: none\r\n"), 0);
  EXPECT_EQ(gate_answer(here, "Origin: http://127.0.0.1:5000\r\n"), 0);
  EXPECT_EQ(gate_answer(here, "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n"),
            403);
  EXPECT_EQ(gate_answer(here, "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n"), 403);
  EXPECT_EQ(gate_answer(here, "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n"),
            403);
  EXPECT_EQ(gate_answer(here, "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"),
            0);
  EXPECT_EQ(gate_answer(here, "Origin: http://attacker.example\r\n"), 403);
  EXPECT_EQ(gate_answer(here, "Origin: http://127.0.0.1:9000\r\n"), 403);
  EXPECT_EQ(gate_answer(here, "Origin: null\r\n"), 403);
}

}  // namespace
}  // namespace larder::http
