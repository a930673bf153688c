#include "net/tls_stream.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "support/certificate.h"
#include "support/task_fixture.h"
#include "support/temp_dir.h"

namespace larder::net {
namespace {

using support::as_bytes;
using support::read_to_end;

constexpr const char* kName = "cache.example";

class TlsStreamTest : public support::TaskFixture {
 protected:
  using Dialled = Result<std::unique_ptr<ByteStream>>;

  /// Both sides' outcomes of a handshake with the server at `name`.
  void handshake(std::string name, std::shared_ptr<const TlsContext> client_context) {
    auto listener = Listener::open(executor(), sweeper_, *parse_endpoint("127.0.0.1:0")).value();
    tasks_.spawn(serve(*listener));
    client_ = run(dial_tls(executor(), sweeper_, listener->local(), std::move(client_context), std::move(name),
                           SteadyTime::max()));
    run_until([&] { return tasks_.running() == 0; });
  }

  Task<void> serve(Listener& listener) {
    auto tcp = co_await listener.accept();
    server_ = TlsStream::of_server(*std::move(tcp), server_context_);
    shaken_ = co_await server_->shake_hands(SteadyTime::max());
  }

  support::TempDir folder_;
  support::CertificateFiles files_ = support::make_certificate(folder_.path(), kName);
  std::shared_ptr<const TlsContext> server_context_ = TlsContext::server(files_.certificate, files_.key).value();
  std::shared_ptr<const TlsContext> client_context_ = TlsContext::client(files_.certificate).value();
  std::unique_ptr<TlsStream> server_;
  Result<> shaken_;
  Dialled client_;
  std::array<std::byte, 64> buffer_{};
};

TEST_F(TlsStreamTest, BytesArriveBothWays) {
  handshake(kName, client_context_);
  ASSERT_TRUE(client_) << client_.error().text;
  ASSERT_TRUE(shaken_) << shaken_.error().text;
  EXPECT_TRUE((*client_)->is_tls());

  ASSERT_TRUE(run((*client_)->write_all(as_bytes("hello"))));
  EXPECT_EQ(run(server_->read_some(buffer_)).value(), 5u);
  server_->close();
  EXPECT_EQ(run(read_to_end(**client_)), "");
}

TEST_F(TlsStreamTest, AnAddressIsAsGoodAsAName) {
  handshake("127.0.0.1", client_context_);
  EXPECT_TRUE(client_);
}

TEST_F(TlsStreamTest, AnotherNameIsRefused) {
  handshake("other.example", client_context_);
  ASSERT_FALSE(client_);
  EXPECT_EQ(client_.error().code, Errc::kRefused);
  EXPECT_FALSE(shaken_);
}

TEST_F(TlsStreamTest, AnotherAddressIsRefused) {
  handshake("192.0.2.1", client_context_);
  ASSERT_FALSE(client_);
  EXPECT_EQ(client_.error().code, Errc::kRefused);
}

TEST_F(TlsStreamTest, AnUnknownAuthorityIsRefusedUnlessNothingIsVerified) {
  handshake(kName, TlsContext::client().value());
  ASSERT_FALSE(client_);
  EXPECT_EQ(client_.error().code, Errc::kRefused);

  handshake("anything.example", TlsContext::client(std::nullopt, false).value());
  EXPECT_TRUE(client_);
}

TEST_F(TlsStreamTest, ACutConnectionIsNoEnd) {
  handshake(kName, client_context_);
  server_->abort();
  const auto count = run((*client_)->read_some(buffer_));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Errc::kUnavailable);
}

TEST_F(TlsStreamTest, SendsAFile) {
  handshake(kName, client_context_);
  std::FILE* file = std::tmpfile();
  std::string content(100'000, 'a');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 26);
  ASSERT_EQ(std::fwrite(content.data(), 1, content.size(), file), content.size());
  ASSERT_EQ(std::fflush(file), 0);

  tasks_.spawn([](ByteStream& stream, int descriptor, std::size_t size) -> Task<void> {
    std::size_t at = 7;
    while (at < size) {
      const IoStep step = stream.try_send_file(descriptor, at, size - at);
      if (step.kind == IoStep::Kind::kMoved) {
        at += step.bytes;
        continue;
      }
      const auto ready = co_await stream.wait(step.kind);
      if (!ready) break;
    }
    stream.close();
  }(*server_, ::fileno(file), content.size()));
  EXPECT_EQ(run(read_to_end(**client_)), content.substr(7));
  run_until([&] { return tasks_.running() == 0; });
  std::fclose(file);
}

TEST_F(TlsStreamTest, IsIdleAlthoughSessionTicketsCame) {
  handshake(kName, client_context_);
  EXPECT_TRUE((*client_)->is_idle());
  ASSERT_TRUE(run(server_->write_all(as_bytes("x"))));
  ASSERT_TRUE(run((*client_)->wait(IoStep::Kind::kWantRead)));
  EXPECT_FALSE((*client_)->is_idle());
}

TEST_F(TlsStreamTest, PlainTextToATlsServerFailsTheHandshake) {
  support::Connection connection = connect();
  ASSERT_TRUE(run(connection.client->write_all(as_bytes("GET / HTTP/1.1\r\n\r\n"))));
  const auto stream = TlsStream::of_server(std::move(connection.server), server_context_);
  const Result<> shaken = run(stream->shake_hands(SteadyTime::max()));
  ASSERT_FALSE(shaken);
  EXPECT_EQ(shaken.error().code, Errc::kInvalid);
}

TEST_F(TlsStreamTest, ASilentClientIsATimeout) {
  support::Connection connection = connect();
  const auto stream = TlsStream::of_server(std::move(connection.server), server_context_);
  const Result<> shaken = run(stream->shake_hands(SteadyTime()));
  ASSERT_FALSE(shaken);
  EXPECT_EQ(shaken.error().code, Errc::kTimeout);
}

TEST_F(TlsStreamTest, WrongFilesAreNamed) {
  const auto missing = TlsContext::server("/nowhere/certificate.pem", files_.key);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text.find("/nowhere/certificate.pem"), std::string::npos);

  const support::TempDir other;
  const auto strange = support::make_certificate(other.path(), kName);
  const auto mismatched = TlsContext::server(files_.certificate, strange.key);
  ASSERT_FALSE(mismatched);
  EXPECT_NE(mismatched.error().text.find(strange.key), std::string::npos);
}

// OpenSSL would ask whoever sits at the terminal, and wait.
TEST_F(TlsStreamTest, AKeyWithAPassphraseIsRefused) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> plain(std::fopen(files_.key.c_str(), "r"), std::fclose);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(PEM_read_PrivateKey(plain.get(), nullptr, nullptr, nullptr),
                                                           EVP_PKEY_free);
  ASSERT_TRUE(key);
  const std::string locked = folder_ / "locked.pem";
  std::FILE* file = std::fopen(locked.c_str(), "w");
  const unsigned char passphrase[] = {'s', 'e', 'c', 'r', 'e', 't'};
  ASSERT_EQ(PEM_write_PrivateKey(file, key.get(), EVP_aes_128_cbc(), passphrase, sizeof(passphrase), nullptr, nullptr),
            1);
  std::fclose(file);
  const auto refused = TlsContext::server(files_.certificate, locked);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find(locked), std::string::npos) << refused.error().text;
}

TEST_F(TlsStreamTest, ACertificateIsGoodForItsTimeOnly) {
  const WallTime now = std::chrono::system_clock::now();
  EXPECT_TRUE(server_context_->expect_valid(now));
  const auto late = server_context_->expect_valid(now + std::chrono::hours(48));
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().text.starts_with("expired on 20")) << late.error().text;
  EXPECT_FALSE(server_context_->expect_valid(now - std::chrono::hours(48)));
}

}  // namespace
}  // namespace larder::net
