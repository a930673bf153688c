// The portal's HTTPS listener, and a certificate that is renewed while it runs.
#include <openssl/ssl.h>

#include <stdexcept>

#include "portal_test.h"
#include "support/tls_client.h"

namespace larder::integration {
namespace {

using support::shows_certificate;
using support::TlsClient;

constexpr const char* kName = "portal.test";
const std::string kRequest = "GET " + kMethods + " HTTP/1.1\r\nHost: portal.test\r\n";

class PortalTls : public PortalTest {
 protected:
  PortalTls() { configure("https = \"127.0.0.1:0\"\n", tls_tables(files_)); }

  TlsClient client(int version = 0) const {
    return TlsClient(https_, {.authority = files_.certificate, .name = kName, .version = version});
  }
  bool says(std::string_view text) const {
    return support::eventually([&] { return portal_->output().contains(text); });
  }

  support::TempDir certificates_;
  support::CertificateFiles files_ = support::make_certificate(certificates_.path(), kName);
};

TEST_F(PortalTls, AnswersOverBothVersions) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient tls = client(version);
    ASSERT_TRUE(tls.send(kRequest + "Connection: close\r\n\r\n"));
    const std::string answer = tls.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.contains("\r\nStrict-Transport-Security: max-age=")) << answer;
    EXPECT_TRUE(answer.contains("\r\nContent-Security-Policy: default-src 'none';")) << answer;
  }
  EXPECT_THROW(client(TLS1_1_VERSION), std::runtime_error);
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalTls, PlainHttpAtTheTlsPortEndsAndHarmsNobody) {
  start();
  support::HttpClient plain(https_);
  plain.send_request("GET", kMethods);
  EXPECT_EQ(plain.read_response().status, 0) << "no HTTP in the clear from a TLS port";
  EXPECT_TRUE(shows_certificate(https_, files_.certificate, kName));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalTls, HangUpShowsTheRenewedCertificateToNewConnectionsOnly) {
  start();
  TlsClient running = client();
  ASSERT_TRUE(running.send(kRequest + "\r\n"));

  support::make_certificate(certificates_.path(), kName);
  EXPECT_FALSE(shows_certificate(https_, files_.certificate, kName)) << "not before it is told to";
  portal_->signal(SIGHUP);
  EXPECT_TRUE(support::eventually([&] { return shows_certificate(https_, files_.certificate, kName); }));

  ASSERT_TRUE(running.send(kRequest + "Connection: close\r\n\r\n"));
  const std::string both = running.read_to_end();
  EXPECT_NE(both.find("HTTP/1.1 200 OK"), both.rfind("HTTP/1.1 200 OK")) << both;
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalTls, AClientShakesHandsAsOftenAsItMay) {
  limits_ = "unlimited_clients = [\"10.0.0.0/8\"]\nhandshakes_per_client = 1\n";
  configure("https = \"127.0.0.1:0\"\n", tls_tables(files_));
  start();
  const TlsClient first = client();
  const auto second = support::Socket::connect(https_);
  second.wait_for_end();
  EXPECT_EQ(support::fetch(http_, kMethods).status, 200) << "of connections it may have more";
  const std::string metrics = support::fetch(status_, "/metrics").body;
  EXPECT_TRUE(metrics.contains(R"(larder_portal_client_limits_total{limit="handshakes"} 1)")) << metrics;
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalTls, ABrokenPairIsNamedAndTheOldOneStaysInUse) {
  start();
  const support::TempDir old;
  std::filesystem::copy(files_.certificate, old / "certificate.pem");

  support::write_file(files_.key, "this is no key");
  portal_->signal(SIGHUP);
  EXPECT_TRUE(says(files_.key + ": not the PEM key of"));
  EXPECT_TRUE(says("not renewed"));
  EXPECT_TRUE(shows_certificate(https_, old / "certificate.pem", kName));
  EXPECT_EQ(stop(), 0);
}

TEST_F(PortalTls, CheckTellsOfACertificateThatCannotBeServedWith) {
  EXPECT_EQ(support::run_program(command({"--check"})).exit_code, 0);

  support::make_certificate(certificates_.path(), kName, -1);
  const auto expired = support::run_program(command({"--check"}));
  EXPECT_EQ(expired.exit_code, 1);
  EXPECT_TRUE(expired.output.contains(files_.certificate + ": the certificate expired on")) << expired.output;

  const support::TempDir other;
  const auto strange = support::make_certificate(other.path(), kName);
  configure("https = \"127.0.0.1:0\"\n", tls_tables({files_.certificate, strange.key}));
  const auto mismatched = support::run_program(command({"--check"}));
  EXPECT_EQ(mismatched.exit_code, 1);
  EXPECT_TRUE(mismatched.output.contains(strange.key + ": not the PEM key of")) << mismatched.output;
}

}  // namespace
}  // namespace larder::integration
