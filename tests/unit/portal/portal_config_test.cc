#include "portal/portal_config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.h"

namespace larder::portal {
namespace {

std::string problems(std::string_view text) {
  const auto config = parse_portal_config(text, "portal.toml");
  return config ? "" : config.error().text;
}

TEST(PortalConfig, AnEmptyFileMeansThePackagedDefaults) {
  const auto config = parse_portal_config("", "portal.toml");
  ASSERT_TRUE(config) << config.error().text;
  ASSERT_EQ(config->listen.http.size(), 1u);
  EXPECT_EQ(net::to_string(config->listen.http[0]), "127.0.0.1:9080");
  EXPECT_EQ(net::to_string(*config->listen.status), "127.0.0.1:9082");
  EXPECT_EQ(config->database_url, "sqlite:/var/lib/larder/portal.db");
  EXPECT_FALSE(config->api.single_sign_on);
  EXPECT_FALSE(config->api.allow_private);
}

TEST(PortalConfig, EveryKeyIsRead) {
  const support::TempDir folder;
  const std::string secret = folder.path() + "/secret";
  std::ofstream(secret) << "s3cret\n";
  std::filesystem::permissions(secret, std::filesystem::perms::owner_read);
  const auto config = parse_portal_config(R"(
[listen]
http = "10.0.0.1:80"
https = ["0.0.0.0:443", "[::]:443"]
status = "off"
[tls]
certificate = "/etc/larder/cert.pem"
key = "/etc/larder/key.pem"
[portal]
url = "https://portal.example.net/"
[proxy]
trusted = ["10.0.0.0/24", "fd00::1"]
[database]
url = "postgresql://larder@db/larder"
connections = 20
[lab]
private_addresses = true
[sign_in]
session = "8h"
idle = "30m"
password_least = 16
hash_memory = "32MiB"
hash_passes = 2
attempts = 7
attempt_window = "1h"
[single_sign_on]
name = "Example ID"
issuer = "https://id.example.net/realms/x"
client_id = "larder"
client_secret_file = ")" + secret + R"("
ca_file = "/etc/larder/ca.pem"
create_users = true
[ip_space]
review_above = 1000
absurd_above = 2000
blocks_per_node = 50
[limits]
body = "1MiB"
body_rate = "2KiB"
connections = 100
connections_per_client = 10
requests_per_client = 0
handshakes_per_client = 60
unlimited_clients = ["10.0.0.0/8"]
workers = 3
[log]
target = "journald"
level = "debug"
)",
                                          "portal.toml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(net::to_string(config->listen.http.at(0)), "10.0.0.1:80");
  EXPECT_EQ(config->listen.https.size(), 2u);
  EXPECT_FALSE(config->listen.status);
  EXPECT_EQ(config->tls_certificate, "/etc/larder/cert.pem");
  EXPECT_EQ(config->tls_key, "/etc/larder/key.pem");
  EXPECT_EQ(config->api.url, "https://portal.example.net");
  EXPECT_EQ(config->front.trusted_proxies.size(), 2u);
  EXPECT_EQ(config->database_url, "postgresql://larder@db/larder");
  EXPECT_EQ(config->database_connections, 20u);
  EXPECT_TRUE(config->api.allow_private);
  EXPECT_EQ(config->warnings, "");
  EXPECT_EQ(config->api.sign_in.session, std::chrono::hours(8));
  EXPECT_EQ(config->api.sign_in.idle, std::chrono::minutes(30));
  EXPECT_EQ(config->api.sign_in.password_least, 16);
  EXPECT_EQ(config->api.sign_in.hash_memory, 32u << 20);
  EXPECT_EQ(config->api.sign_in.hash_passes, 2);
  EXPECT_EQ(config->api.sign_in.attempts, 7);
  EXPECT_EQ(config->api.sign_in.attempt_window, std::chrono::hours(1));
  ASSERT_TRUE(config->api.single_sign_on);
  EXPECT_EQ(config->api.single_sign_on->name, "Example ID");
  EXPECT_EQ(config->api.single_sign_on->issuer, "https://id.example.net/realms/x");
  EXPECT_EQ(config->api.single_sign_on->client_id, "larder");
  EXPECT_EQ(config->api.single_sign_on->client_secret, "s3cret");
  EXPECT_EQ(config->api.single_sign_on->certificate_authority, "/etc/larder/ca.pem");
  EXPECT_TRUE(config->api.single_sign_on->create_users);
  EXPECT_EQ(config->api.ip_space.review_above, 1000);
  EXPECT_EQ(config->api.ip_space.absurd_above, 2000);
  EXPECT_EQ(config->api.ip_space.blocks_per_node, 50u);
  EXPECT_EQ(config->front.body_limit, 1u << 20);
  EXPECT_EQ(config->body_rate, 2048u);
  EXPECT_EQ(config->connections, 100u);
  EXPECT_EQ(config->connections_per_client, 10u);
  EXPECT_EQ(config->requests_per_client, 0u);
  EXPECT_EQ(config->handshakes_per_client, 60u);
  ASSERT_EQ(config->unlimited_clients.size(), 1u);
  EXPECT_EQ(net::to_string(config->unlimited_clients[0]), "10.0.0.0/8");
  EXPECT_EQ(config->front.workers, 3u);
  EXPECT_EQ(config->log.target, "journald");
  EXPECT_EQ(config->log.level, Level::kDebug);
}

TEST(PortalConfig, EveryMistakeIsNamedByKeyAndLine) {
  const std::string text = problems(R"([listen]
http = ["nowhere"]
[portal]
url = "portal.example.net"
[proxy]
trusted = ["10.0.0.1/8"]
[sign_in]
session = "0s"
password_least = 4
[ip_space]
review_above = 100
absurd_above = 100
[limits]
worker = 3
[probe]
allow_private = "yes"
)");
  for (const std::string_view part :
       {"portal.toml:2: listen.http:", "portal.toml:4: portal.url: should be what people type",
        "portal.toml:6: proxy.trusted:", "portal.toml:8: sign_in.session:", "portal.toml:9: sign_in.password_least:",
        "portal.toml:12: ip_space.absurd_above:", "portal.toml:14: limits.worker: there is no such key here",
        "portal.toml:16: probe.allow_private:"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
  }
}

TEST(PortalConfig, AnOldNameIsAcceptedWithAWarning) {
  const auto config = parse_portal_config("[probe]\nallow_private = true\n", "portal.toml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_TRUE(config->api.allow_private);
  EXPECT_EQ(config->warnings,
            "portal.toml:2: probe.allow_private: it is called lab.private_addresses now; the next release refuses the "
            "old name\n");
}

TEST(PortalConfig, WithoutAWordAClientHasItsShareAndThisMachineHasAll) {
  const auto config = parse_portal_config("", "portal.toml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->connections_per_client, 512u);
  EXPECT_EQ(config->requests_per_client, 256u);
  EXPECT_EQ(config->handshakes_per_client, 1200u);
  EXPECT_EQ(config->unlimited_clients.size(), 2u);
  EXPECT_EQ(config->body_rate, 1024u);
  const std::string text = problems("[limits]\nconnections_per_client = -1\nunlimited_clients = [\"10.0.0.1/8\"]\n");
  EXPECT_NE(text.find("portal.toml:2: limits.connections_per_client: -1 is out of range"), std::string::npos) << text;
  EXPECT_NE(text.find("portal.toml:3: limits.unlimited_clients:"), std::string::npos) << text;
}

TEST(PortalConfig, PlainHttpForOtherMachinesNeedsAProxyThatIsListed) {
  for (const std::string address : {"0.0.0.0:80", "[::]:80", "192.0.2.1:80"}) {
    const std::string listen = "[listen]\nhttp = \"" + address + "\"\n";
    EXPECT_NE(problems(listen).find("proxy.trusted"), std::string::npos) << address;
    EXPECT_EQ(problems(listen + "[proxy]\ntrusted = [\"192.0.2.7\"]\n"), "");
  }
  EXPECT_EQ(problems("[listen]\nhttp = [\"127.0.0.2:80\", \"[::1]:80\"]\n"), "");
}

TEST(PortalConfig, HttpsNeedsACertificate) {
  EXPECT_NE(problems("[listen]\nhttps = \"127.0.0.1:443\"\n").find("certificate and key"), std::string::npos);
}

TEST(PortalConfig, NamesOfTheStatusAddressAreHostNames) {
  const auto config = parse_portal_config("[listen]\nstatus_names = [\"portal1.example.net\"]\n", "portal.toml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->listen.status_names, std::vector<std::string>{"portal1.example.net"});
  for (const std::string name : {"", "http://a", "a:80", "*", "a b"}) {
    const std::string said = problems("[listen]\nstatus_names = [\"" + name + "\"]\n");
    EXPECT_NE(said.find("listen.status_names"), std::string::npos) << name;
  }
}

TEST(PortalConfig, ListeningNowhereIsAMistake) {
  EXPECT_NE(problems("[listen]\nhttp = []\n").find("would listen nowhere"), std::string::npos);
}

class SecretFile : public ::testing::Test {
 protected:
  std::string problems_with(const std::string& file) {
    return problems(
        "[single_sign_on]\nissuer = \"https://id.example.net\"\nclient_id = \"x\"\nclient_secret_file = \"" + file +
        "\"\n");
  }

  support::TempDir folder_;
  std::string file_ = folder_.path() + "/secret";
};

TEST_F(SecretFile, MustNotBeOpenToOthers) {
  using std::filesystem::perms;
  std::ofstream(file_) << "s3cret\n";
  std::filesystem::permissions(file_, perms::owner_read | perms::owner_write | perms::others_read);
  const std::string said = problems_with(file_);
  EXPECT_NE(said.find("chmod 600 " + file_), std::string::npos) << said;
  EXPECT_EQ(said.find("s3cret"), std::string::npos);
  std::filesystem::permissions(file_, perms::owner_read | perms::owner_write);
  EXPECT_EQ(problems_with(file_), "");
}

TEST_F(SecretFile, MustBeAFileAndHoldSomething) {
  EXPECT_NE(problems_with(file_).find("cannot read"), std::string::npos);
  EXPECT_NE(problems_with("/").find("is no file"), std::string::npos);
  std::ofstream(file_) << "\n";
  std::filesystem::permissions(file_, std::filesystem::perms::owner_read);
  EXPECT_NE(problems_with(file_).find("is empty"), std::string::npos);
}

TEST(PortalConfig, AProviderIsAskedOverTlsUnlessItIsThisMachine) {
  const std::string rest = "client_id = \"x\"\n";
  EXPECT_NE(problems("[single_sign_on]\nissuer = \"http://id.example.net\"\n" + rest).find("single_sign_on.issuer"),
            std::string::npos);
  EXPECT_NE(problems("[single_sign_on]\nissuer = \"http://127.0.0.1.example.net\"\n" + rest).find("on.issuer"),
            std::string::npos);
  EXPECT_EQ(problems("[single_sign_on]\nissuer = \"http://127.0.0.1:9\"\n" + rest).find("single_sign_on.issuer"),
            std::string::npos);
}

}  // namespace
}  // namespace larder::portal
