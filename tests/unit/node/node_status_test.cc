#include "node/node_status.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace larder::node {
namespace {

NodeStatus example() {
  NodeStatus status;
  status.node_id = "n1";
  status.version = "9.9";
  status.bytes_out = 1000;
  status.by_status[2] = 7;
  status.origin_waiting[static_cast<std::size_t>(origin::Urgency::kFirstByte)] = 12;
  status.errors[static_cast<std::size_t>(ErrorKind::kTimeout)] = 3;
  status.clients = 9;
  status.client_limits[static_cast<std::size_t>(http::ClientLimit::kNewObjects)] = 4;
  storage::DriveStatus good;
  good.path = "/srv/a \"quoted\"";
  good.state = "ok";
  good.used = 5;
  storage::DriveStatus bad = good;
  bad.path = "/srv/b";
  bad.state = "failed";
  bad.reason = "Input/output error";
  status.drives = {good, bad};
  return status;
}

TEST(NodeStatus, JsonHoldsEveryDriveWithItsState) {
  const boost::json::value json = boost::json::parse(to_json(example()));
  EXPECT_EQ(json.at("health").as_string(), "degraded");
  EXPECT_EQ(json.at("served").at("bytes_out").to_number<int>(), 1000);
  EXPECT_EQ(json.at("served").at("errors").at("timeout").to_number<int>(), 3);
  EXPECT_EQ(json.at("origin").at("waiting").at("first_byte").to_number<int>(), 12);
  EXPECT_EQ(json.at("clients").at("met_limits").at("new_objects").to_number<int>(), 4);
  EXPECT_EQ(json.at("drives").at(0).at("path").as_string(), "/srv/a \"quoted\"");
  EXPECT_EQ(json.at("drives").at(1).at("reason").as_string(), "Input/output error");
}

TEST(NodeStatus, ADrainedNodeSaysSoEverywhere) {
  NodeStatus status = example();
  EXPECT_FALSE(boost::json::parse(to_json(status)).at("drained").as_bool());
  EXPECT_NE(to_prometheus(status).find("larder_node_drained 0"), std::string::npos);
  status.drained_since = WallTime(std::chrono::seconds(1'767'323'045));
  EXPECT_EQ(status.health(), "draining");
  const boost::json::value json = boost::json::parse(to_json(status));
  EXPECT_TRUE(json.at("drained").as_bool());
  EXPECT_TRUE(json.at("drained_since").as_string().starts_with("2026-01-02T03:04:05"));
  EXPECT_NE(to_prometheus(status).find("larder_node_drained 1"), std::string::npos);
  status.stopping = true;
  EXPECT_EQ(status.health(), "stopping");
}

TEST(NodeStatus, TellsWhatCameOfTheLastReload) {
  NodeStatus status = example();
  EXPECT_FALSE(boost::json::parse(to_json(status)).as_object().contains("last_reload"));
  status.last_reload = ReloadQueue::Last{WallTime(std::chrono::seconds(1'767'323'045)),
                                         {"node.toml:1: limits: wrong", "tls.pem: it is over"}};
  const boost::json::value json = boost::json::parse(to_json(status));
  EXPECT_FALSE(json.at("last_reload").at("taken").as_bool());
  EXPECT_EQ(json.at("last_reload").at("problem").as_string(), "node.toml:1: limits: wrong");
  EXPECT_EQ(json.at("last_reload").at("certificate_problem").as_string(), "tls.pem: it is over");
}

TEST(NodeStatus, TellsHowFarEachDriveIsScrubbed) {
  NodeStatus status = example();
  storage::ScrubStatus& scrub = status.drives[0].scrub;
  scrub = {.rate = 5000,
           .percent = 12.345,
           .last_end = WallTime(std::chrono::seconds(1'767'323'045)),
           .bytes = 900,
           .slices = 8,
           .bad_slices = 2};
  const boost::json::value json = boost::json::parse(to_json(status));
  const auto& told = json.at("drives").at(0).at("scrub");
  EXPECT_EQ(told.at("rate").to_number<int>(), 5000);
  EXPECT_DOUBLE_EQ(told.at("percent").to_number<double>(), 12.3);
  EXPECT_TRUE(told.at("last_walk_ended").as_string().starts_with("2026-01-02T03:04:05"));
  EXPECT_EQ(told.at("bytes").to_number<int>(), 900);
  EXPECT_EQ(told.at("slices").to_number<int>(), 8);
  EXPECT_EQ(told.at("bad_slices").to_number<int>(), 2);
  EXPECT_FALSE(json.at("drives").at(1).at("scrub").as_object().contains("last_walk_ended"));

  const std::string metrics = to_prometheus(status);
  const std::string drive = "{drive=\"/srv/a \\\"quoted\\\"\"} ";
  for (const std::string& line :
       {"larder_drive_scrub_percent" + drive + "12", "larder_drive_scrubbed_bytes_total" + drive + "900",
        "larder_drive_scrub_bad_slices_total" + drive + "2",
        "larder_drive_scrub_last_end_seconds" + drive + "1767323045"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\nnot in\n" << metrics;
  }

  const std::string page = to_html(status);
  EXPECT_NE(page.find("12 %, 2 bad, whole drive by 2026-01-02"), std::string::npos) << page;
  EXPECT_NE(page.find("<td>off</td>"), std::string::npos) << "the other drive's";
}

TEST(NodeStatus, MetricsEscapeLabelsAndNameUnits) {
  const std::string text = to_prometheus(example());
  for (const std::string_view line :
       {"larder_node_sent_bytes_total 1000", "larder_node_responses_total{class=\"2xx\"} 7",
        "larder_origin_requests_waiting{urgency=\"first_byte\"} 12", "larder_node_errors_total{kind=\"timeout\"} 3",
        "larder_drive_used_bytes{drive=\"/srv/a \\\"quoted\\\"\"} 5",
        "larder_node_client_limits_total{limit=\"new_objects\"} 4", "larder_node_clients 9",
        "larder_drive_up{drive=\"/srv/b\"} 0", "# TYPE larder_node_sent_bytes_total counter"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\nnot in\n" << text;
  }
}

TEST(NodeStatus, ThePageEscapesWhatItShows) {
  NodeStatus status = example();
  status.drives[0].path = "/srv/<b>";
  const std::string page = to_html(status);
  EXPECT_NE(page.find("/srv/&lt;b&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("failed: Input/output error"), std::string::npos);
  EXPECT_NE(page.find("1000 B"), std::string::npos);
}

TEST(NodeStatus, AFamilyIsDescribedOnce) {
  const std::string text = to_prometheus(example());
  const std::size_t first = text.find("# TYPE larder_drive_up ");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("# TYPE larder_drive_up ", first + 1), std::string::npos);
}

}  // namespace
}  // namespace larder::node
