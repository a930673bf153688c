// The node's HTTPS listener: what it serves, what it survives, and a certificate that is renewed while it runs.
#include <openssl/ssl.h>
#include <signal.h>

#include <filesystem>
#include <span>
#include <stdexcept>

#include "node_test.h"
#include "support/certificate.h"
#include "support/tls_client.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 3 * kMiB + 4321;
constexpr std::uint64_t kSeed = 51;
constexpr const char* kName = "node.test";
const std::string kPath = "/t/object.bin";

class Tls : public NodeTest {
 protected:
  Tls() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().listen = "https = \"127.0.0.1:0\"\n";
    // The origin is asked by plain HTTP, which content for clients with TLS is not by itself.
    node_.config().rules = "[]";
    node_.config().tables =
        "[[origin.rule]]\nname = \"test\"\nhosts = [\"" + std::string(kHost) + "\"]\nscheme = \"http\"\n" + tables();
  }
  std::string tables() const {
    return "[tls]\ncertificate = \"" + files_.certificate + "\"\nkey = \"" + files_.key + "\"\n";
  }
  TlsClient tls_client(int version = 0) const {
    return TlsClient(node_.https(), {.authority = files_.certificate, .name = kName, .version = version});
  }
  static std::string request(std::uint64_t begin, std::uint64_t end, bool last = true) {
    return "GET " + target(kPath) + " HTTP/1.1\r\nHost: node.test\r\nRange: bytes=" + std::to_string(begin) + "-" +
           std::to_string(end - 1) + (last ? "\r\nConnection: close" : "") + "\r\n\r\n";
  }
  void expect_range_in(const std::string& answer, std::uint64_t begin, std::uint64_t end) {
    audit_.exchanged(request(begin, end), answer);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 206 ")) << answer.substr(0, 200);
    const std::size_t body = answer.find("\r\n\r\n") + 4;
    ASSERT_EQ(answer.size() - body, end - begin);
    EXPECT_EQ(verify(std::as_bytes(std::span(answer)).subspan(body), kSeed, begin), std::nullopt);
  }

  TempDir certificates_;
  CertificateFiles files_ = make_certificate(certificates_.path(), kName);
};

TEST_F(Tls, RangesAreByteExactOverBothVersions) {
  node_.start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    // Twice: from the origin, and from the drive.
    for (int i = 0; i < 2; ++i) {
      TlsClient client = tls_client(version);
      EXPECT_EQ(client.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
      ASSERT_TRUE(client.send(request(12'345, kSize - 7)));
      expect_range_in(client.read_to_end(), 12'345, kSize - 7);
    }
  }
  EXPECT_THROW(tls_client(TLS1_1_VERSION), std::runtime_error);
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(Tls, PlainHttpAtTheTlsPortEndsAndHarmsNobody) {
  node_.start();
  HttpClient plain(node_.https());
  plain.send_request("GET", target(kPath));
  EXPECT_EQ(plain.read_response().status, 0) << "no HTTP in the clear from a TLS port";
  HttpClient garbage(node_.https());
  garbage.send(std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x'));
  EXPECT_EQ(garbage.read_response().status, 0);

  TlsClient client = tls_client();
  ASSERT_TRUE(client.send(request(0, 100)));
  expect_range_in(client.read_to_end(), 0, 100);
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(Tls, ASilentClientDoesNotHoldUpTheEnd) {
  node_.start();
  HttpClient silent(node_.https());
  ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_node_connections") == 1; }));
  EXPECT_EQ(node_.stop(), 0) << "it has an hour, and does not take it";
}

TEST_F(Tls, HangUpShowsTheRenewedCertificateToNewConnectionsOnly) {
  node_.start();
  TlsClient running = tls_client();
  ASSERT_TRUE(running.send(request(0, 10, false)));

  make_certificate(certificates_.path(), kName);
  EXPECT_FALSE(shows_certificate(node_.https(), files_.certificate, kName)) << "not before it is told to";
  node_.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return shows_certificate(node_.https(), files_.certificate, kName); }));

  ASSERT_TRUE(running.send(request(10, 20)));
  const std::string both = running.read_to_end();
  const std::size_t second = both.rfind("HTTP/1.1");
  expect_range_in(both.substr(0, second), 0, 10);
  expect_range_in(both.substr(second), 10, 20);
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(Tls, ABrokenPairIsNamedAndTheOldOneStaysInUse) {
  node_.start();
  const TempDir old;
  std::filesystem::copy(files_.certificate, old / "certificate.pem");
  const auto still_shows_the_old = [&] { return shows_certificate(node_.https(), old / "certificate.pem", kName); };

  const TempDir other;
  std::filesystem::copy(make_certificate(other.path(), kName).certificate, files_.certificate,
                        std::filesystem::copy_options::overwrite_existing);
  node_.signal(SIGHUP);
  EXPECT_TRUE(node_.wait_for_log("key.pem: not the PEM key of"));
  EXPECT_TRUE(still_shows_the_old());

  make_certificate(certificates_.path(), kName, -1);
  node_.signal(SIGHUP);
  EXPECT_TRUE(node_.wait_for_log("certificate.pem: the certificate expired on"));
  EXPECT_TRUE(still_shows_the_old());

  std::filesystem::remove(files_.certificate);
  node_.signal(SIGHUP);
  EXPECT_TRUE(node_.wait_for_log("No such file or directory"));
  EXPECT_TRUE(still_shows_the_old());
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(Tls, CheckTellsOfACertificateThatCannotBeServedWith) {
  EXPECT_EQ(node_.check().exit_code, 0) << node_.check().output;

  make_certificate(certificates_.path(), kName, -1);
  const auto expired = node_.check();
  EXPECT_EQ(expired.exit_code, 1);
  EXPECT_TRUE(expired.output.contains(files_.certificate + ": the certificate expired on")) << expired.output;

  const TempDir other;
  std::filesystem::copy(make_certificate(other.path(), kName).key, files_.key,
                        std::filesystem::copy_options::overwrite_existing);
  const auto mismatched = node_.check();
  EXPECT_EQ(mismatched.exit_code, 1);
  EXPECT_TRUE(mismatched.output.contains(files_.key + ": not the PEM key of")) << mismatched.output;
}

TEST_F(Tls, AnExpiredCertificateDoesNotTakePlainHttpDown) {
  make_certificate(certificates_.path(), kName, -1);
  node_.start();
  EXPECT_TRUE(node_.wait_for_log("TLS clients will refuse the certificate"));
  expect_whole(kPath, kSeed, kSize);
  EXPECT_EQ(node_.stop(), 0);
}

}  // namespace
}  // namespace larder::integration
