// TcpStream: a ByteStream straight on a TCP socket: recv, send and sendfile are ours, Asio only waits. A Unix stream
// socket does as well; it has no endpoints (0.0.0.0:0), and a reset of it is a close.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/byte_stream.h"

namespace larder::net {

class TcpStream final : public ByteStream, private DeadlineSweeper::Watched {
 public:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

  /// Takes over `socket`, which is non-blocking; sets TCP_NODELAY.
  TcpStream(Socket socket, const Endpoint& peer, DeadlineSweeper& sweeper);

  IoStep try_read(std::span<std::byte> into) override;
  IoStep try_write(std::span<const std::byte> from, More more) override;
  IoStep try_send_file(int descriptor, std::uint64_t offset, std::size_t count) override;
  Task<Result<>> wait(IoStep::Kind want) override;
  Task<Result<std::size_t>> receive(std::span<std::byte> into) override;
  void expire_at(SteadyTime deadline, const std::atomic<bool>* or_when_set = nullptr) override;
  Endpoint peer() const override { return peer_; }
  Endpoint local() const override;
  bool is_tls() const override { return false; }
  bool is_idle() const override;
  std::uint64_t unacknowledged() const override;
  bool has_ended() const override;
  void shutdown_send() override;
  void close() override;
  void abort() override;

  /// -1 once it is closed.
  int descriptor() const { return descriptor_; }

 private:
  void expire() override;
  /// What came of an asynchronous operation.
  Result<> outcome(const boost::system::error_code& error) const;

  Socket socket_;
  int descriptor_;
  int waits_ = 0;
  bool expired_ = false;  // a wait was ended because its deadline had passed
  Endpoint peer_;
};

}  // namespace larder::net
