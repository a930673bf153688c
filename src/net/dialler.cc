#include "net/dialler.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

#include "net/loop_time.h"
#include "net/socket.h"
#include "net/tls_stream.h"
#include "net/wakeup.h"

namespace larder::net {
namespace {

std::unexpected<Error> fail_connect(int error_number, const Endpoint& endpoint) {
  return fail(Errc::kUnavailable, "connect to {}: {}", to_string(endpoint),
              std::error_code(error_number, std::generic_category()).message());
}

Result<TcpStream::Socket> open_socket(Executor executor, const Endpoint& endpoint) {
  const bool v4 = endpoint.address.is_v4();
  const int descriptor = ::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return fail_connect(errno, endpoint);
  TcpStream::Socket socket(executor);
  boost::system::error_code error;
  socket.assign(v4 ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), descriptor, error);
  if (error) {
    ::close(descriptor);
    return fail_connect(error.value(), endpoint);
  }
  return socket;
}

// One try of one endpoint. Shared with the callback that waits for it, which may come when nobody cares any more.
struct Attempt {
  Attempt(const Endpoint& where, TcpStream::Socket with) : endpoint(where), socket(std::move(with)) {}

  Endpoint endpoint;
  TcpStream::Socket socket;
  bool answered = false;
};

// Race: the attempts of one dial_first().
class Race {
 public:
  Race(Executor executor, std::vector<Endpoint> endpoints, DialSchedule::Options options)
      : executor_(executor),
        endpoints_(std::move(endpoints)),
        schedule_(endpoints_.size(), options),
        attempts_(endpoints_.size()),
        wakeup_(Wakeup::make(executor)) {}
  ~Race() {
    for (const auto& attempt : attempts_) close(attempt);
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  Task<Dialled> run(DeadlineSweeper& sweeper, SteadyTime deadline);

 private:
  void start(std::size_t number);
  void fail_attempt(std::size_t number, Error error);
  /// The number of an attempt that is connected. Those that turn out to have failed are noted.
  std::optional<std::size_t> look();
  static void close(const std::shared_ptr<Attempt>& attempt) {
    boost::system::error_code ignored;
    if (attempt) attempt->socket.close(ignored);
  }

  Executor executor_;
  std::vector<Endpoint> endpoints_;
  DialSchedule schedule_;
  std::vector<std::shared_ptr<Attempt>> attempts_;  // null: not begun, or over
  std::shared_ptr<Wakeup> wakeup_;
  Dialled result_;
};

Task<Dialled> Race::run(DeadlineSweeper& sweeper, SteadyTime deadline) {
  for (;;) {
    wakeup_->arm();
    const SteadyTime now = LoopTime::of(executor_).now();
    const auto winner = look();
    if (winner) {
      for (std::size_t i = 0; i < *winner; ++i) {
        if (attempts_[i]) result_.passed_over.push_back(endpoints_[i]);
      }
      const auto attempt = std::exchange(attempts_[*winner], nullptr);
      result_.stream = std::make_unique<TcpStream>(std::move(attempt->socket), attempt->endpoint, sweeper);
      break;
    }
    while (const auto late = schedule_.expire(now)) {
      fail_attempt(*late, Error(Errc::kTimeout,
                                fmt::format("connect to {}: the peer was too slow", to_string(endpoints_[*late]))));
    }
    if (now >= deadline) {
      for (std::size_t i = 0; i < attempts_.size(); ++i) {
        if (!attempts_[i]) continue;
        fail_attempt(
            i, Error(Errc::kTimeout, fmt::format("connect to {}: the peer was too slow", to_string(endpoints_[i]))));
      }
      break;
    }
    while (const auto number = schedule_.start(now)) start(*number);
    if (schedule_.over()) break;
    co_await wakeup_->wait(std::min(deadline, schedule_.next()));
  }
  co_return std::move(result_);
}

void Race::start(std::size_t number) {
  const Endpoint& endpoint = endpoints_[number];
  auto socket = open_socket(executor_, endpoint);
  if (!socket) return fail_attempt(number, std::move(socket).error());
  const auto attempt = std::make_shared<Attempt>(endpoint, *std::move(socket));
  const SocketAddress address = to_socket_address(endpoint);
  if (::connect(attempt->socket.native_handle(), address.get(), address.size) != 0 && errno != EINPROGRESS &&
      errno != EINTR) {
    return fail_attempt(number, std::move(fail_connect(errno, endpoint)).error());
  }
  attempts_[number] = attempt;
  attempt->socket.async_wait(TcpStream::Socket::wait_write,
                             [attempt, wakeup = wakeup_](const boost::system::error_code& error) {
                               if (error == asio::error::operation_aborted) return;
                               attempt->answered = true;
                               wakeup->notify();
                             });
}

void Race::fail_attempt(std::size_t number, Error error) {
  schedule_.failed(number);
  close(std::exchange(attempts_[number], nullptr));
  result_.passed_over.push_back(endpoints_[number]);
  result_.error = std::move(error);
}

std::optional<std::size_t> Race::look() {
  for (std::size_t i = 0; i < attempts_.size(); ++i) {
    if (!attempts_[i] || !attempts_[i]->answered) continue;
    int error_number = 0;
    socklen_t size = sizeof error_number;
    ::getsockopt(attempts_[i]->socket.native_handle(), SOL_SOCKET, SO_ERROR, &error_number, &size);
    if (error_number == 0) return i;
    fail_attempt(i, std::move(fail_connect(error_number, endpoints_[i])).error());
  }
  return std::nullopt;
}

Task<Result<std::unique_ptr<TcpStream>>> dial_tcp(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                                  SteadyTime deadline) {
  DialSchedule::Options options;
  options.patience = std::chrono::hours(24);  // the deadline counts
  std::vector<Endpoint> only(1, endpoint);
  Dialled dialled = co_await dial_first(executor, sweeper, std::move(only), options, deadline);
  if (!dialled.stream) co_return std::unexpected(std::move(dialled.error));
  co_return std::move(dialled.stream);
}

}  // namespace

Task<Dialled> dial_first(Executor executor, DeadlineSweeper& sweeper, std::vector<Endpoint> endpoints,
                         DialSchedule::Options options, SteadyTime deadline) {
  Race race(executor, std::move(endpoints), options);
  co_return co_await race.run(sweeper, deadline);
}

Task<Result<std::unique_ptr<ByteStream>>> start_tls(std::unique_ptr<TcpStream> tcp,
                                                    std::shared_ptr<const TlsContext> context, std::string host_name,
                                                    SteadyTime deadline) {
  const Endpoint endpoint = tcp->peer();
  auto connected = co_await TlsStream::connect(std::move(tcp), std::move(context), std::move(host_name), deadline);
  if (!connected) {
    co_return fail(connected.error().code, "connect to {}: {}", to_string(endpoint), connected.error().text);
  }
  co_return std::unique_ptr<ByteStream>(*std::move(connected));
}

Task<Result<std::unique_ptr<ByteStream>>> dial(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                               SteadyTime deadline) {
  CO_TRY(auto stream, co_await dial_tcp(executor, sweeper, endpoint, deadline));
  co_return std::unique_ptr<ByteStream>(std::move(stream));
}

Task<Result<std::unique_ptr<ByteStream>>> dial_tls(Executor executor, DeadlineSweeper& sweeper, Endpoint endpoint,
                                                   std::shared_ptr<const TlsContext> context, std::string host_name,
                                                   SteadyTime deadline) {
  CO_TRY(auto tcp, co_await dial_tcp(executor, sweeper, endpoint, deadline));
  co_return co_await start_tls(std::move(tcp), std::move(context), std::move(host_name), deadline);
}

}  // namespace larder::net
