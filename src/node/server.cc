#include "node/server.h"

#include <span>
#include <string_view>
#include <utility>

namespace larder::node {

Server::Server(net::Loop& loop, http::RequestHandler& handler, http::SessionLimits limits, ConnectionLimit& connections,
               Counters& counters, Log& log)
    : loop_(loop),
      handler_(handler),
      limits_(limits),
      connections_(connections),
      counters_(counters),
      log_(log),
      tasks_(loop.executor()) {}

Result<net::Endpoint> Server::listen(const net::Endpoint& endpoint, std::shared_ptr<const net::TlsContext> tls) {
  TRY(auto listener, net::Listener::open(loop_.executor(), loop_.sweeper(), endpoint));
  entrances_.push_back({std::move(listener), std::move(tls)});
  return entrances_.back().listener->local();
}

void Server::start() {
  for (const Entrance& entrance : entrances_) tasks_.spawn(accept_all(*entrance.listener, entrance.tls));
}

Task<void> Server::accept_all(net::Listener& listener, std::shared_ptr<const net::TlsContext> tls) {
  while (!stopping_) {
    auto accepted = co_await listener.accept();
    if (!accepted) {
      if (accepted.error().code == Errc::kCancelled) co_return;
      log_.write(Level::kWarning, "cannot accept connections",
                 [&](JsonLine& line) { line.add("reason", accepted.error().text); });
      continue;
    }
    counters_.connections_accepted.add(1);
    if (connections_.open.load(std::memory_order_relaxed) >= connections_.limit.load(std::memory_order_relaxed)) {
      turn_away(**accepted);
      continue;
    }
    tasks_.spawn(serve(*std::move(accepted), tls));
  }
}

void Server::turn_away(net::TcpStream& tcp) {
  // The mildest refusal there is: clients go to the origin for this file and come back for the next one.
  constexpr std::string_view kBusy =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n"
      "Connection: close\r\n\r\nthis node has as many connections as it may have.\n";
  counters_.error(ErrorKind::kOverload);
  tcp.try_write(std::as_bytes(std::span(kBusy)), net::More::kNo);
  tcp.close();
}

Task<void> Server::serve(std::unique_ptr<net::TcpStream> tcp, std::shared_ptr<const net::TlsContext> tls) {
  connections_.open.fetch_add(1, std::memory_order_relaxed);
  counters_.connections.add(1);
  if (tls) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + kHandshakePatience;
    auto stream = co_await net::TlsStream::accept(std::move(tcp), std::move(tls), deadline);
    if (stream) co_await serve_stream(**stream);
  } else {
    co_await serve_stream(*tcp);
  }
  counters_.connections.subtract(1);
  connections_.open.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> Server::serve_stream(net::ByteStream& stream) {
  streams_.insert(&stream);
  co_await http::serve(stream, handler_, limits_, stopping_);
  streams_.erase(&stream);
}

void Server::stop() {
  stopping_ = true;
  for (const Entrance& entrance : entrances_) entrance.listener->close();
}

void Server::abort() {
  for (net::ByteStream* stream : streams_) stream->abort();
}

}  // namespace larder::node
