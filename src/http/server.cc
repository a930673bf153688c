#include "http/server.h"

#include <span>
#include <utility>

#include "http/head_writer.h"

namespace larder::http {
namespace {

std::string busy_answer(const std::string& text) {
  std::string answer;
  HeadWriter writer(answer);
  writer.status(503).field("Content-Type", "text/plain").field("Content-Length", text.size() + 1);
  writer.field("Connection", "close").finish();
  return answer + text + "\n";
}

}  // namespace

Server::Server(net::Loop& loop, RequestHandler& handler, Options options, ConnectionLimit& connections,
               ConnectionObserver& observer, Log& log)
    : loop_(loop),
      handler_(handler),
      limits_(options.session),
      listener_(options.listener),
      busy_(busy_answer(options.busy)),
      connections_(connections),
      observer_(observer),
      log_(log),
      tasks_(loop.executor()) {}

Result<net::Endpoint> Server::listen(const net::Endpoint& endpoint, std::shared_ptr<const net::TlsContext> tls) {
  TRY(auto listener, net::Listener::open(loop_.executor(), loop_.sweeper(), endpoint, listener_));
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
    observer_.accepted();
    if (connections_.open.load(std::memory_order_relaxed) >= connections_.limit.load(std::memory_order_relaxed)) {
      turn_away(**accepted);
      continue;
    }
    tasks_.spawn(serve(*std::move(accepted), tls));
  }
}

void Server::turn_away(net::TcpStream& tcp) {
  observer_.turned_away();
  tcp.try_write(std::as_bytes(std::span(busy_)), net::More::kNo);
  tcp.close();
}

Task<void> Server::serve(std::unique_ptr<net::TcpStream> tcp, std::shared_ptr<const net::TlsContext> tls) {
  connections_.open.fetch_add(1, std::memory_order_relaxed);
  observer_.opened();
  if (tls) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + kHandshakePatience;
    auto stream = co_await net::TlsStream::accept(std::move(tcp), std::move(tls), deadline);
    if (stream) co_await serve_stream(**stream);
  } else {
    co_await serve_stream(*tcp);
  }
  observer_.closed();
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

}  // namespace larder::http
