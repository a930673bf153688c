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
  status.errors[static_cast<std::size_t>(ErrorKind::kTimeout)] = 3;
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
  EXPECT_EQ(json.at("drives").at(0).at("path").as_string(), "/srv/a \"quoted\"");
  EXPECT_EQ(json.at("drives").at(1).at("reason").as_string(), "Input/output error");
}

TEST(NodeStatus, MetricsEscapeLabelsAndNameUnits) {
  const std::string text = to_prometheus(example());
  for (const std::string_view line :
       {"larder_node_sent_bytes_total 1000", "larder_node_responses_total{class=\"2xx\"} 7",
        "larder_node_errors_total{kind=\"timeout\"} 3", "larder_drive_used_bytes{drive=\"/srv/a \\\"quoted\\\"\"} 5",
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
