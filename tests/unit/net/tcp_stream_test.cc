#include "net/tcp_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "support/task_fixture.h"

namespace larder::net {
namespace {

using support::as_bytes;
using support::Connection;
using support::read_to_end;

constexpr auto kPast = SteadyTime(std::chrono::seconds(1));

class TcpStreamTest : public support::TaskFixture {
 protected:
  std::array<std::byte, 64> buffer_{};
};

TEST_F(TcpStreamTest, BytesArrive) {
  Connection connection = connect();
  ASSERT_TRUE(run(connection.client->write_all(as_bytes("hello"))));
  const auto count = run(connection.server->read_some(buffer_));
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 5u);
}

TEST_F(TcpStreamTest, NothingToReadWantsRead) {
  Connection connection = connect();
  EXPECT_EQ(connection.server->try_read(buffer_).kind, IoStep::Kind::kWantRead);
}

TEST_F(TcpStreamTest, AFullPeerWantsWriteAndGoesOnWhenItReads) {
  Connection connection = connect();
  const std::string block(1 << 20, 'x');
  IoStep step = IoStep::moved(1);
  while (step.kind == IoStep::Kind::kMoved) step = connection.server->try_write(as_bytes(block), More::kNo);
  ASSERT_EQ(step.kind, IoStep::Kind::kWantWrite);

  std::string large(16 << 20, 'y');
  tasks_.spawn([](ByteStream& stream, std::string& bytes) -> Task<void> {
    const auto written = co_await stream.write_all(as_bytes(bytes));
    EXPECT_TRUE(written);
    stream.close();
  }(*connection.server, large));
  const std::string text = run(read_to_end(*connection.client));
  EXPECT_EQ(text.substr(text.size() - large.size()), large);
  run_until([&] { return tasks_.running() == 0; });
}

TEST_F(TcpStreamTest, KnowsHowMuchThePeerHasNotTaken) {
  Connection connection = connect();
  EXPECT_EQ(connection.server->unacknowledged(), 0U);
  const std::string block(1 << 20, 'x');
  IoStep step = IoStep::moved(1);
  while (step.kind == IoStep::Kind::kMoved) step = connection.server->try_write(as_bytes(block), More::kNo);
  EXPECT_GT(connection.server->unacknowledged(), 0U);

  std::array<std::byte, 64 << 10> taken{};
  EXPECT_TRUE(support::eventually([&] {
    while (connection.client->try_read(taken).kind == IoStep::Kind::kMoved) {
    }
    return connection.server->unacknowledged() == 0;
  }));
  connection.server->close();
  EXPECT_EQ(connection.server->unacknowledged(), 0U);
}

TEST_F(TcpStreamTest, TheEndOfThePeerIsAnEnd) {
  Connection connection = connect();
  connection.client->close();
  EXPECT_EQ(run(connection.server->read_some(buffer_)).value(), 0u);
}

TEST_F(TcpStreamTest, AnAbortIsNoEnd) {
  Connection connection = connect();
  connection.client->abort();
  const auto count = run(connection.server->read_some(buffer_));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Errc::kUnavailable);
}

TEST_F(TcpStreamTest, AfterShutdownThePeerCanStillBeRead) {
  Connection connection = connect();
  connection.server->shutdown_send();
  EXPECT_EQ(run(connection.client->read_some(buffer_)).value(), 0u);
  ASSERT_TRUE(run(connection.client->write_all(as_bytes("late"))));
  EXPECT_EQ(run(connection.server->read_some(buffer_)).value(), 4u);
}

TEST_F(TcpStreamTest, AWaitAfterItsDeadlineIsATimeout) {
  Connection connection = connect();
  connection.server->expire_at(kPast);
  EXPECT_EQ(run(connection.server->wait(IoStep::Kind::kWantRead)).error().code, Errc::kTimeout);
}

TEST_F(TcpStreamTest, AWaitEndsAtItsDeadline) {
  Connection connection = connect();
  connection.server->expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(5));
  EXPECT_EQ(run(connection.server->wait(IoStep::Kind::kWantRead)).error().code, Errc::kTimeout);
}

TEST_F(TcpStreamTest, ALaterDeadlineRevivesTheStream) {
  Connection connection = connect();
  connection.server->expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
  ASSERT_FALSE(run(connection.server->wait(IoStep::Kind::kWantRead)));
  connection.server->expire_at(SteadyTime::max());
  ASSERT_TRUE(run(connection.client->write_all(as_bytes("x"))));
  EXPECT_TRUE(run(connection.server->wait(IoStep::Kind::kWantRead)));
}

TEST_F(TcpStreamTest, AFlagEndsAWait) {
  Connection connection = connect();
  std::atomic<bool> stopping = false;
  connection.server->expire_at(SteadyTime::max(), &stopping);
  asio::post(context_, [&] { stopping = true; });
  EXPECT_EQ(run(connection.server->wait(IoStep::Kind::kWantRead)).error().code, Errc::kTimeout);
}

TEST_F(TcpStreamTest, ClosingEndsAWait) {
  Connection connection = connect();
  asio::post(context_, [&] { connection.server->close(); });
  EXPECT_EQ(run(connection.server->wait(IoStep::Kind::kWantRead)).error().code, Errc::kCancelled);
  EXPECT_EQ(run(connection.server->wait(IoStep::Kind::kWantRead)).error().code, Errc::kCancelled);
  EXPECT_EQ(connection.server->try_read(buffer_).kind, IoStep::Kind::kFailed);
}

TEST_F(TcpStreamTest, IsIdleUntilThePeerSendsOrCloses) {
  Connection connection = connect();
  EXPECT_TRUE(connection.server->is_idle());
  ASSERT_TRUE(run(connection.client->write_all(as_bytes("x"))));
  ASSERT_TRUE(run(connection.server->wait(IoStep::Kind::kWantRead)));
  EXPECT_FALSE(connection.server->is_idle());

  Connection other = connect();
  other.client->close();
  ASSERT_TRUE(run(other.server->wait(IoStep::Kind::kWantRead)));
  EXPECT_FALSE(other.server->is_idle());
}

TEST_F(TcpStreamTest, SendsAFileFromAnOffset) {
  Connection connection = connect();
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(std::fwrite("0123456789", 1, 10, file), 10u);
  ASSERT_EQ(std::fflush(file), 0);

  const IoStep step = connection.server->try_send_file(::fileno(file), 3, 4);
  ASSERT_EQ(step.kind, IoStep::Kind::kMoved);
  EXPECT_EQ(step.bytes, 4u);
  const IoStep beyond = connection.server->try_send_file(::fileno(file), 10, 4);
  EXPECT_EQ(beyond.kind, IoStep::Kind::kFailed);
  EXPECT_EQ(beyond.error_number, EIO);
  connection.server->close();
  EXPECT_EQ(run(read_to_end(*connection.client)), "3456");
  std::fclose(file);
}

TEST_F(TcpStreamTest, KnowsBothEndpoints) {
  Connection connection = connect();
  EXPECT_EQ(connection.server->local(), connection.client->peer());
  EXPECT_EQ(connection.server->peer(), connection.client->local());
}

TEST_F(TcpStreamTest, OutlivesTheSweeper) {
  Connection connection = connect();
  auto sweeper = std::make_unique<DeadlineSweeper>(executor());
  TcpStream::Socket socket(executor());
  socket.open(asio::ip::tcp::v4());
  const TcpStream stream(std::move(socket), Endpoint(), *sweeper);
  sweeper.reset();
}

}  // namespace
}  // namespace larder::net
