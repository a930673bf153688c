// What operators see: access records, /healthz, /api/v1/status and /metrics.
#include <boost/json/serialize.hpp>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 2 * kMiB + 5;
constexpr std::uint64_t kSeed = 55;
const std::string kPath = "/m/object.bin";

class Observability : public NodeTest {
 protected:
  Observability() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.start();
  }
};

TEST_F(Observability, OneAccessRecordForEachRequest) {
  HttpClient client = connect();
  expect_range(client, kPath, kSeed, 100, 1'500'000);
  expect_range(client, kPath, kSeed, 100, 1'500'000);
  EXPECT_EQ(client.fetch(target("/none")).status, 404);
  EXPECT_EQ(client.fetch(target(kPath, "evil.example")).status, 403);
  const auto records = node_.wait_for_access_records(4);
  ASSERT_EQ(records.size(), 4u);

  const auto& cold = records[0];
  EXPECT_EQ(cold.at("client").as_string(), "127.0.0.1");
  EXPECT_EQ(cold.at("origin").as_string(), kHost);
  EXPECT_EQ(cold.at("path").as_string(), kPath);
  EXPECT_EQ(cold.at("range").as_string(), "bytes=100-1499999");
  EXPECT_EQ(cold.at("status").as_int64(), 206);
  EXPECT_EQ(cold.at("bytes").as_int64(), 1'499'900);
  EXPECT_EQ(cold.at("fill_bytes").as_int64(), 1'499'900);
  EXPECT_EQ(cold.at("hit_bytes").as_int64(), 0);
  EXPECT_GE(cold.at("first_byte_ms").to_number<double>(), 0);
  EXPECT_GE(cold.at("duration_ms").to_number<double>(), cold.at("first_byte_ms").to_number<double>());

  EXPECT_EQ(records[1].at("hit_bytes").as_int64(), 1'499'900);
  EXPECT_EQ(records[1].at("fill_bytes").as_int64(), 0);
  EXPECT_EQ(records[2].at("status").as_int64(), 404);
  EXPECT_EQ(records[3].at("status").as_int64(), 403);
}

TEST_F(Observability, TheStatusAddressAnswersToNoNameThatAnAttackerMayOwn) {
  EXPECT_EQ(support::fetch(node_.status(), "/summary").status, 200);
  EXPECT_EQ(support::fetch(node_.status(), "/metrics", {"Sec-Fetch-Site: cross-site"}).status, 403);
  HttpClient rebound(node_.status());
  rebound.send("GET /api/v1/status HTTP/1.1\r\nHost: attacker.example\r\n\r\n");
  const auto answer = rebound.read_response();
  EXPECT_EQ(answer.status, 421);
  EXPECT_NE(answer.body.find("listen.status_names"), std::string::npos) << answer.body;
}

TEST_F(Observability, AnOriginThatIsDownDoesNotFillTheLog) {
  node_.stop();
  node_.config().resolve = {{kHost, "127.0.0.1:1"}};
  node_.start();
  HttpClient client = connect();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(client.fetch(target("/down/" + std::to_string(i))).status, 502);
  EXPECT_EQ(node_.stop(), 0);
  int lines = 0;
  std::int64_t left_out = 0;
  for (const auto& line : node_.log_lines()) {
    if (line.at("event").as_string() == "fill given up") ++lines;
    if (line.contains("of") && line.at("of").as_string() == "fill given up") left_out += line.at("count").as_int64();
  }
  EXPECT_EQ(lines, 10);
  EXPECT_EQ(left_out, 30);
}

TEST_F(Observability, HealthzIsForLoadBalancers) { EXPECT_EQ(fetch(node_.status(), "/healthz").status, 200); }

TEST_F(Observability, StatusIsJsonThatNamesTheDrives) {
  expect_whole(kPath, kSeed, kSize);
  EXPECT_TRUE(eventually([&] { return fetch(node_.status(), "/api/v1/status").body.contains(node_.drive_path()); }));
  const auto document = node_.status_document();
  ASSERT_TRUE(document.is_object());
  const HttpResponse response = fetch(node_.status(), "/api/v1/status");
  EXPECT_TRUE(response.head.field("Content-Type").starts_with("application/json"));
}

TEST_F(Observability, MetricsCountWhatWasServed) {
  expect_whole(kPath, kSeed, kSize);
  expect_whole(kPath, kSeed, kSize);
  EXPECT_EQ(connect().fetch(target(kPath, "evil.example")).status, 403);
  // The node counts what it has sent after the client has it.
  EXPECT_TRUE(eventually([&] {
    const auto metrics = node_.metrics();
    return sum_of(metrics, "larder_node_requests_total") >= 3 &&
           sum_of(metrics, "larder_node_sent_bytes_total") >= 2 * kSize;
  }));
  const auto metrics = node_.metrics();
  EXPECT_EQ(sum_of(metrics, "larder_node_requests_total"), 3);
  EXPECT_EQ(sum_of(metrics, "larder_node_sent_bytes_total"), 2 * kSize);
  EXPECT_EQ(sum_of(metrics, "larder_node_hit_bytes_total"), kSize);
  EXPECT_EQ(sum_of(metrics, "larder_node_fill_bytes_total"), kSize);
  EXPECT_EQ(sum_of(metrics, "larder_node_errors_total"), 1);
  EXPECT_EQ(sum_of(metrics, "larder_rule_requests_total"), 2) << "what no rule names is of none";
  EXPECT_EQ(sum_of(metrics, "larder_rule_sent_bytes_total"), 2 * kSize);
  EXPECT_EQ(sum_of(metrics, "larder_rule_hit_bytes_total"), kSize);
  EXPECT_EQ(sum_of(metrics, "larder_rule_fill_bytes_total"), kSize);
  EXPECT_EQ(metrics.at(R"(larder_node_distinct_clients{within="1h"})"), 1);
  EXPECT_EQ(sum_of(metrics, "larder_origin_first_byte_seconds_count"), sum_of(metrics, "larder_origin_requests_total"));
  const boost::json::value clients = node_.status_document().at("clients");
  EXPECT_EQ(clients.at("distinct").at("within_24h").to_number<int>(), 1);
  EXPECT_EQ(clients.at("top_networks").at(0).at("network").as_string(), "127.0.0.0/24");
  EXPECT_EQ(clients.at("top_networks").at(0).at("bytes").to_number<std::uint64_t>(), 2 * kSize);
}

TEST_F(Observability, TheStatusAddressServesNoContent) {
  EXPECT_GE(fetch(node_.status(), target(kPath)).status, 400);
  EXPECT_TRUE(origin_.requests().empty());
}

}  // namespace
}  // namespace larder::integration
