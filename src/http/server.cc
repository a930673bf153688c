#include "http/server.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "core/clock.h"
#include "core/gate.h"
#include "net/network.h"

namespace larder::http {

namespace {
constexpr unsigned kAcceptsInTurn = 64;
}

Server::Server(net::Loop& loop, RequestHandler& handler, Options options, ConnectionLimit& connections,
               ConnectionObserver& observer, Log& log)
    : loop_(loop),
      handler_(handler),
      limits_(options.session),
      listener_(options.listener),
      busy_(std::move(options.busy)),
      not_admitted_(std::move(options.not_admitted)),
      connections_(connections),
      observer_(observer),
      log_(log),
      tasks_(loop.executor()) {}

Result<net::Endpoint> Server::listen(const net::Endpoint& endpoint,
                                     std::shared_ptr<const net::ServerCertificate> certificate) {
  TRY(net::ListeningSocket socket, net::ListeningSocket::bind(endpoint, listener_));
  TRY_VOID(listen_on(std::move(socket), std::move(certificate)));
  return entrances_.back().listener->local();
}

Result<> Server::listen_on(net::ListeningSocket socket, std::shared_ptr<const net::ServerCertificate> certificate) {
  TRY(auto listener, net::Listener::open(loop_.executor(), loop_.sweeper(), std::move(socket)));
  entrances_.push_back({std::move(listener), std::move(certificate)});
  return {};
}

std::vector<Server::OpenSocket> Server::sockets() const {
  std::vector<OpenSocket> open;
  for (const Entrance& entrance : entrances_) {
    open.push_back({entrance.listener->descriptor(), entrance.certificate != nullptr});
  }
  return open;
}

bool Server::take_in(Descriptor& accepted, const net::Endpoint& local, const net::Endpoint& peer) {
  const auto entrance = std::ranges::find(entrances_, local, [](const Entrance& one) { return one.listener->local(); });
  if (entrance == entrances_.end() || stopping_ || retiring_) return false;
  if (auto tcp = entrance->listener->adopt(accepted.release(), peer)) take_in(*std::move(tcp), entrance->certificate);
  return true;
}

Result<> Server::listen_on(Descriptor descriptor) {
  TRY(auto listener, net::Listener::of_socket_file(loop_.executor(), loop_.sweeper(), std::move(descriptor)));
  entrances_.push_back({std::move(listener), nullptr});
  return {};
}

void Server::start() {
  for (const Entrance& entrance : entrances_) tasks_.spawn(accept_all(*entrance.listener, entrance.certificate));
}

Task<void> Server::accept_all(net::Listener& listener, std::shared_ptr<const net::ServerCertificate> certificate) {
  for (unsigned accepted_in_turn = 0; !stopping_ && !retiring_;) {
    auto accepted = co_await listener.accept();
    if (!accepted) {
      if (accepted.error().code == Errc::kCancelled) co_return;
      report(accepted.error());
      continue;
    }
    take_in(*std::move(accepted), certificate);
    // Clients that come faster than they can be accepted must not keep the loop from those who are here.
    if (++accepted_in_turn % kAcceptsInTurn == 0) co_await asio::post(co_await asio::this_coro::executor, no_throw);
  }
}

void Server::take_in(std::unique_ptr<net::TcpStream> tcp,
                     const std::shared_ptr<const net::ServerCertificate>& certificate) {
  observer_.accepted();
  const bool tls = certificate != nullptr;
  const net::IpAddress client = tcp->peer().address;
  const bool costs_too_much = tls && !observer_.may_shake_hands(client);
  const Entry entry = costs_too_much ? Entry::kHasItsShare : let_in(client);
  if (entry == Entry::kIn) {
    observer_.opened();
    tasks_.spawn(serve(std::move(tcp), tls ? certificate->current() : nullptr));
    return;
  }
  turn_away(std::move(tcp), tls, entry == Entry::kFull ? busy_ : not_admitted_);
}

Server::Entry Server::let_in(const net::IpAddress& client) {
  const bool has_place = take_place();
  if (has_place && observer_.admit(client, connections_.free())) return Entry::kIn;
  if (has_place) connections_.open.fetch_sub(1, std::memory_order_relaxed);
  if (take_place_of_idle(client)) return Entry::kIn;
  if (!has_place) return Entry::kFull;
  observer_.had_its_share();
  return Entry::kHasItsShare;
}

/// The place is free once the other connection's task has ended: until then there is one connection too many.
bool Server::take_place_of_idle(const net::IpAddress& client) {
  const IdleConnections::Crowd crowd = idle_.crowd();
  if (crowd.idle == 0) return false;
  if (crowd.site == net::site_of(client) && !observer_.is_unlimited(client)) return false;
  if (!observer_.admit(client, crowd.idle - 1)) return false;
  connections_.open.fetch_add(1, std::memory_order_relaxed);
  idle_.close_one_of(crowd.site);
  return true;
}

/// Other loops do the same at this moment: whoever counts beyond the limit takes itself back.
bool Server::take_place() {
  if (connections_.open.fetch_add(1, std::memory_order_relaxed) < connections_.limit.load(std::memory_order_relaxed)) {
    return true;
  }
  connections_.open.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

/// A process that is out of descriptors meets the same failure many times a second.
void Server::report(const Error& failure) {
  const SteadyTime now = loop_.time().now();
  if (now < next_report_) return;
  next_report_ = now + kReportInterval;
  log_.write(Level::kWarning, "cannot accept connections; they wait until it can be done again",
             [&](JsonLine& line) { line.add("reason", failure.text); });
}

bool Server::may_leave_with_care() const {
  const std::size_t part = connections_.limit.load(std::memory_order_relaxed) / kLeavingPart;
  return connections_.leaving.load(std::memory_order_relaxed) < std::clamp(part, kLeastLeaving, kMostLeaving);
}

/// Over TLS nothing could be said before a handshake, which is what there is no room for.
void Server::turn_away(std::unique_ptr<net::TcpStream> tcp, bool tls, const std::string& why) {
  observer_.turned_away();
  if (tls || !may_leave_with_care()) return;
  connections_.leaving.fetch_add(1, std::memory_order_relaxed);
  tasks_.spawn(say(std::move(tcp), why));
}

Task<void> Server::say(std::unique_ptr<net::TcpStream> tcp, const std::string& why) {
  streams_.insert(tcp.get());
  const std::string answer = refusal_text(handler_, HeadProblem(503, why), loop_.time().wall());
  const auto written = tcp->try_write(std::as_bytes(std::span(answer)), net::More::kNo);
  if (written.kind == net::IoStep::Kind::kMoved) co_await linger(*tcp, stopping_);
  streams_.erase(tcp.get());
  connections_.leaving.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> Server::serve(std::unique_ptr<net::TcpStream> tcp, std::shared_ptr<const net::TlsContext> tls) {
  const net::IpAddress client = tcp->peer().address;
  if (tls) {
    const auto stream = net::TlsStream::of_server(std::move(tcp), std::move(tls));
    co_await serve_tls(*stream);
  } else {
    IdleConnections::Connection connection(idle_, *tcp);
    co_await serve_stream(*tcp, connection);
  }
  observer_.closed();
  observer_.dismiss(client);
  connections_.open.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> Server::serve_tls(net::TlsStream& stream) {
  IdleConnections::Connection connection(idle_, stream);
  const auto shaken = co_await shake_hands(stream, connection);
  if (shaken) co_await serve_stream(stream, connection);
}

/// Who takes long for it waits like everybody else, and may lose the place.
Task<Result<>> Server::shake_hands(net::TlsStream& stream, IdleConnections::Connection& connection) {
  const IdleConnections::Wait wait(&connection);
  co_return co_await stream.shake_hands(loop_.time().now() + kHandshakePatience, &stopping_);
}

Task<void> Server::serve_stream(net::ByteStream& stream, IdleConnections::Connection& connection) {
  streams_.insert(&stream);
  co_await http::serve(stream, handler_, limits_, stopping_, &connection, &retiring_);
  streams_.erase(&stream);
}

void Server::stop() {
  stopping_ = true;
  for (const Entrance& entrance : entrances_) entrance.listener->close();
}

bool Server::end(std::chrono::milliseconds patience) {
  const auto gate = std::make_shared<Gate>(1);
  loop_.post([this, gate] {
    stop();
    when_idle([gate] { gate->done(); });
  });
  const SystemClock clock;
  if (gate->wait_until(clock.now() + patience)) return true;
  loop_.post([this] { abort(); });
  return gate->wait_until(clock.now() + kAbortPatience);
}

void Server::retire() {
  retiring_ = true;
  for (const Entrance& entrance : entrances_) entrance.listener->close();
}

void Server::abort() {
  for (net::ByteStream* stream : streams_) stream->abort();
}

}  // namespace larder::http
