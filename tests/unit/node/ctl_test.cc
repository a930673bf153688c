#include "node/ctl.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "node/ctl_view.h"
#include "node/node_status.h"
#include "node/purge_order.h"
#include "node/scrub_order.h"

namespace larder::node {
namespace {

CtlOutcome outcome_of(CtlVerb verb, int status, std::string body, bool json = false) {
  const auto outcome = to_outcome({.verb = verb, .json = json}, {status, std::move(body)});
  EXPECT_TRUE(outcome) << outcome.error().text;
  return outcome ? *outcome : CtlOutcome();
}

TEST(Ctl, EscapesTheUrlThatItAsksAbout) {
  const CtlRequest request =
      to_request({.verb = CtlVerb::kInspect, .url = "http://node/a b?x=1&cacheHostOrigin=dl.example#%41"});
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/v1/inspect?url=http://node/a%20b?x=1%26cacheHostOrigin=dl.example%23%2541");
}

TEST(Ctl, ScrubNamesADriveAndARateOnlyIfTheyAreGiven) {
  EXPECT_EQ(to_request({.verb = CtlVerb::kScrub}).body, "{}");
  EXPECT_EQ(to_request({.verb = CtlVerb::kScrub, .drive = "/srv/1", .rate = "1GB/s"}).body,
            R"({"drive":"/srv/1","rate":"1GB/s"})");
}

TEST(Ctl, AProblemIsAFailureWithItsDetail) {
  const std::string problem = R"({"title":"x","status":422,"detail":"node.toml:3: limits: wrong\nnode.toml:4: more"})";
  EXPECT_EQ(outcome_of(CtlVerb::kReload, 422, problem).failure, "node.toml:3: limits: wrong\nnode.toml:4: more");
  EXPECT_EQ(outcome_of(CtlVerb::kReload, 422, problem).output, "");
  const CtlOutcome as_json = outcome_of(CtlVerb::kReload, 422, problem, true);
  EXPECT_EQ(boost::json::parse(as_json.output), boost::json::parse(problem));
  EXPECT_NE(as_json.failure, "");
  EXPECT_EQ(outcome_of(CtlVerb::kReload, 500, "{}").failure, "the node answered 500 without a reason");
  EXPECT_FALSE(to_outcome({}, {200, "<html>"}));
}

TEST(Ctl, WhatComesFromOutsideCanNeitherHideNorRearrangeTheRest) {
  const CtlOutcome outcome =
      outcome_of(CtlVerb::kInspect, 200,
                 R"({"url":"a\u001b[2Jb","rule":null,"refused":{"status":403,"reason":"first\nsecond\u001b[31m"}})");
  EXPECT_EQ(outcome.output.find('\x1b'), std::string::npos);
  EXPECT_NE(outcome.output.find("answered 403"), std::string::npos);
  EXPECT_NE(outcome.output.find("  first\n  second"), std::string::npos);
}

TEST(Ctl, JsonSteersNoTerminal) {
  const std::string body = R"({"reason":"a)"
                           "\u009b31m\u202eb"
                           R"("})";
  const CtlOutcome outcome = outcome_of(CtlVerb::kInspect, 200, body, true);
  EXPECT_EQ(outcome.output, "{\"reason\": \"a\\u009b31m\\u202eb\"}\n");
}

TEST(Ctl, ShowsAStatusAsItIs) {
  NodeStatus status;
  status.node_id = "n1";
  status.bytes_out = 1000;
  status.hit_bytes = 250;
  status.uptime = std::chrono::hours(50);
  status.drained_since = WallTime(std::chrono::seconds(1'767'323'045));
  storage::DriveStatus drive;
  drive.path = "/srv/1";
  drive.state = "failed";
  drive.reason = "Input/output error";
  drive.scrub = {.rate = 2 * kMiB, .under_way = true, .percent = 12};
  status.drives = {drive};
  const std::string text = outcome_of(CtlVerb::kStatus, 200, to_json(status)).output;
  for (const std::string_view part : {"n1", "up 2 d 2 h", "draining", "since 2026-01-02T03:04:05", "25.0 %", "/srv/1",
                                      "failed", "/srv/1: Input/output error", "at 2 MiB/s"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
  }
}

TEST(Ctl, AnAnswerOfAnotherVersionIsShownAsFarAsItGoes) {
  EXPECT_NE(show_status({{"node_id", 7}, {"drives", "none"}}).find("node       7"), std::string::npos);
  EXPECT_NE(show_inspection({}).find("object     none"), std::string::npos);
  EXPECT_NE(show_drives({{"drives", {1, nullptr, boost::json::object()}}}).find("DRIVE"), std::string::npos);
  EXPECT_NE(show_scrub({}).find("ctl drives"), std::string::npos);
}

TEST(Ctl, TimesAreOfTwoUnits) {
  EXPECT_EQ(time_text(59), "59 s");
  EXPECT_EQ(time_text(61), "1 min 1 s");
  EXPECT_EQ(time_text(3 * 3600 + 61), "3 h 1 min");
  EXPECT_EQ(time_text(86400), "1 d 0 h");
}

TEST(Ctl, TakesAnAnswerOnlyIfItIsWhole) {
  const auto whole = parse_ctl_response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->body, "{}");
  for (const std::string_view bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x",
        "HTTP/1.1 200 OK\r\n\r\n{}", "HTTP/1.1 100 Continue\r\n\r\n", "SSH-2.0\r\n"}) {
    EXPECT_FALSE(parse_ctl_response(bytes)) << bytes;
  }
}

TEST(Ctl, FindsTheSocketWhateverElseIsWrongWithTheConfiguration) {
  EXPECT_EQ(*control_socket_of("[listen]\ncontrol = \"/run/x.sock\"\nnonsense = 5\n[limits]\negress = []\n", "f"),
            "/run/x.sock");
  for (const std::string_view text : {"", "[listen]\ncontrol = \"off\"\n"}) {
    const auto none = control_socket_of(text, "node.toml");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::kNotFound);
    EXPECT_NE(none.error().text.find("--socket"), std::string::npos);
  }
  EXPECT_EQ(control_socket_of("[listen\n", "node.toml").error().code, Errc::kInvalid);
}

TEST(Ctl, ReadsWhatIsToBePurged) {
  using What = cache::Purge::What;
  for (const cache::Purge& purge : {cache::Purge{What::kUrl, "http://a/b?c", true}, cache::Purge{What::kPrefix, "a/b"},
                                    cache::Purge{What::kRule, "steam", true}, cache::Purge{What::kEverything}}) {
    const CtlRequest request = to_request({.verb = CtlVerb::kPurge, .purge = purge});
    const auto read = parse_purge_order(request.body);
    ASSERT_TRUE(read) << request.body << ": " << read.error().text;
    EXPECT_EQ(read->what, purge.what);
    EXPECT_EQ(read->value, purge.value);
    EXPECT_EQ(read->hard, purge.hard);
  }
  for (const std::string_view body :
       {"", "{}", "[]", R"({"hard":true})", R"({"url":""})", R"({"url":5})", R"({"url":"a/b","rule":"c"})",
        R"({"everything":false})", R"({"everything":"yes"})", R"({"url":"a/b","hard":1})", R"({"host":"a"})"}) {
    const auto wrong = parse_purge_order(body);
    ASSERT_FALSE(wrong) << body;
    EXPECT_EQ(wrong.error().status, 400) << body;
  }
}

TEST(Ctl, SaysWhatAPurgeDoesAndWhetherItIsKept) {
  EXPECT_NE(show_purge(true).find("fetched anew"), std::string::npos);
  EXPECT_NE(show_purge(false).find("origin is asked before"), std::string::npos);
  EXPECT_EQ(what_a_purge_lacks({{"number", 1}, {"in_force", true}, {"kept", true}}), "");
  const auto lacks = what_a_purge_lacks({{"in_force", true}, {"kept", false}, {"reason", "/srv/1 is full"}});
  EXPECT_NE(lacks.find("/srv/1 is full"), std::string::npos);
  EXPECT_NE(what_a_purge_lacks({{"in_force", false}, {"kept", true}}).find("limits.drain"), std::string::npos);

  // A script goes on only after all of it is done.
  CtlCommand purge;
  purge.verb = CtlVerb::kPurge;
  const auto outcome = to_outcome(purge, {200, R"({"number":1,"in_force":true,"kept":false,"reason":"it is full"})"});
  ASSERT_TRUE(outcome);
  EXPECT_NE(outcome->output, "");
  EXPECT_NE(outcome->failure.find("it is full"), std::string::npos);
}

TEST(Ctl, ReadsAScrubOrder) {
  const auto order = parse_scrub_order(R"({"drive":"/srv/1","rate":"1MiB/s"})");
  ASSERT_TRUE(order) << order.error().text;
  EXPECT_EQ(order->drive, "/srv/1");
  EXPECT_EQ(order->rate, kMiB);
  EXPECT_TRUE(parse_scrub_order(""));
  EXPECT_TRUE(parse_scrub_order("{}"));
  for (const std::string_view body :
       {"[]", "{", R"({"drive":1})", R"({"drive":""})", R"({"rate":5})", R"({"rate":"fast"})", R"({"rate":"1KiB/s"})",
        R"({"path":"/srv/1"})", R"({"drive":"a","drive":"b"})"}) {
    const auto wrong = parse_scrub_order(body);
    ASSERT_FALSE(wrong) << body;
    EXPECT_EQ(wrong.error().status, 400) << body;
  }
}

}  // namespace
}  // namespace larder::node
