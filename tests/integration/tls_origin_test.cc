// Origins over TLS: the node trusts ca_file and nobody else, and says what is wrong with whom it does not trust.
#include <memory>
#include <thread>

#include "http/page.h"
#include "http/server.h"
#include "node_test.h"
#include "support/certificate.h"

namespace larder::integration {
namespace {

constexpr const char* kSecureHost = "secure.example.com";

class Greeter final : public http::RequestHandler {
 public:
  Task<http::Persistence> handle(http::Exchange& exchange) override {
    const http::Page page = http::Page::text(200, "over TLS\n");
    co_return co_await http::send_page(exchange, page);
  }
  void refused(net::ByteStream&, const http::HeadProblem&) override {}
};

// TlsOrigin: answers every request over TLS, with a certificate of its own.
class TlsOrigin {
 public:
  explicit TlsOrigin(const std::string& name, int days = 1) : files_(make_certificate(folder_.path(), name, days)) {
    log_ = *Log::open({"origin", folder_ / "log", Level::kWarning});
    server_ = std::make_unique<http::Server>(loop_, greeter_, http::Server::Options(), limit_, observer_, *log_);
    std::shared_ptr<const net::ServerCertificate> tls =
        *net::ServerCertificate::open(files_.certificate, files_.key, SystemClock().wall(), *log_);
    address_ = net::to_string(*server_->listen(*net::parse_endpoint("127.0.0.1:0"), tls));
    server_->start();
    runner_ = std::thread([this] { loop_.run(); });
  }
  ~TlsOrigin() {
    loop_.post([this] {
      server_->stop();
      server_->abort();
      server_->when_idle([this] { loop_.context().stop(); });
    });
    runner_.join();
  }
  TlsOrigin(const TlsOrigin&) = delete;
  TlsOrigin& operator=(const TlsOrigin&) = delete;

  const std::string& address() const { return address_; }
  const std::string& certificate() const { return files_.certificate; }

 private:
  TempDir folder_;
  CertificateFiles files_;
  std::unique_ptr<Log> log_;
  Greeter greeter_;
  http::ConnectionLimit limit_;
  http::ConnectionObserver observer_;
  net::Loop loop_{"origin"};
  std::unique_ptr<http::Server> server_;
  std::string address_;
  std::thread runner_;
};

class TlsOrigins : public NodeTest {
 protected:
  HttpResponse ask(const std::string& origin, const std::string& ca_file) {
    node_.config().resolve = {{kSecureHost, origin}};
    node_.config().tables =
        "[[origin.rule]]\nname = \"secure\"\nhosts = [\"secure.example.com\"]\nscheme = \"https\"\n";
    if (!ca_file.empty()) node_.config().origin = "ca_file = \"" + ca_file + "\"\n";
    const std::string text = "over TLS\n";
    auditor().published({kSecureHost, "/file", ""},
                        {.size = text.size(), .etag = "", .last_modified = "", .prefix = text}, audit_.now());
    node_.start();
    return connect().fetch(target("/file", kSecureHost));
  }
  /// `reason`: what the answer has to say, beside the origin's name.
  static void expect_refused(const HttpResponse& response, const std::string& reason) {
    EXPECT_EQ(response.status, 502);
    EXPECT_TRUE(response.complete);
    EXPECT_TRUE(response.body.contains(kSecureHost)) << response.body;
    EXPECT_TRUE(response.body.contains(reason)) << response.body;
  }
};

TEST_F(TlsOrigins, OfAnAuthorityThatIsTrustedAreAsked) {
  const TlsOrigin origin(kSecureHost);
  const HttpResponse response = ask(origin.address(), origin.certificate());
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.body, "over TLS\n");
}

TEST_F(TlsOrigins, OfAnAuthorityThatNobodyTrustsAreRefused) {
  const TlsOrigin origin(kSecureHost);
  expect_refused(ask(origin.address(), ""), "self-signed certificate");
}

TEST_F(TlsOrigins, OfAnotherAuthorityAreRefused) {
  const TlsOrigin origin(kSecureHost);
  const TempDir folder;
  expect_refused(ask(origin.address(), make_certificate(folder.path(), kSecureHost).certificate), "certificate");
}

TEST_F(TlsOrigins, WithACertificateForAnotherNameAreRefused) {
  const TlsOrigin origin("other.example.com");
  expect_refused(ask(origin.address(), origin.certificate()), "hostname mismatch");
}

TEST_F(TlsOrigins, WithAnExpiredCertificateAreRefused) {
  const TlsOrigin origin(kSecureHost, -1);
  expect_refused(ask(origin.address(), origin.certificate()), "certificate has expired");
}

}  // namespace
}  // namespace larder::integration
