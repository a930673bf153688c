// Node: what it does when another process takes its place.
#include <atomic>
#include <memory>
#include <utility>

#include "node/node.h"

namespace larder::node {

std::vector<service::HandedOn> Node::sockets() const {
  std::vector<service::HandedOn> all;
  for (const auto& loop : loops_) {
    for (const http::Server::OpenSocket& open : loop->server().sockets()) {
      all.push_back({open.tls ? "https" : "http", open.descriptor});
    }
  }
  if (!status_server_) return all;
  for (const http::Server::OpenSocket& open : status_server_->sockets()) all.push_back({"status", open.descriptor});
  return all;
}

void Node::take_in(std::vector<service::WaitingClient> clients) {
  std::size_t next = 0;
  for (service::WaitingClient& client : clients) {
    const bool is_for_status = status_address_ && client.local == *status_address_;
    http::Server& server = is_for_status ? *status_server_ : loops_[next % loops_.size()]->server();
    net::Loop& loop = is_for_status ? *status_loop_ : loops_[next++ % loops_.size()]->loop();
    // Shared, as what is posted has to be copyable.
    const auto shared = std::make_shared<service::WaitingClient>(std::move(client));
    loop.post([&server, shared] { server.take_in(shared->descriptor, shared->local, shared->peer); });
  }
}

void Node::release_drives(SteadyTime deadline, std::function<void(const storage::ObjectId& url)> outdated) {
  for (const std::string& path : store_->release(deadline, std::move(outdated))) {
    log_.write(Level::kWarning, "a drive is let go of later: it is slow, or hangs",
               [&](JsonLine& line) { line.add("drive", path); });
  }
}

void Node::forget_evicted() { store_->forget_evicted(); }

void Node::retire(std::function<void()> done) {
  stopping_ = true;
  const auto left = std::make_shared<std::atomic<std::size_t>>(loops_.size());
  for (const auto& loop : loops_) {
    loop->loop().post([raw = loop.get(), left, done] {
      raw->server().retire();
      raw->server().when_idle([left, done] {
        if (left->fetch_sub(1) == 1) done();
      });
    });
  }
  if (status_server_) status_loop_->post([this] { status_server_->retire(); });
}

void Node::purge_all_here() { cache_->purge_all_here(); }

void Node::end_answers() {
  for (const auto& loop : loops_) loop->loop().post([raw = loop.get()] { raw->server().stop(); });
}

void Node::forget_outdated(const storage::ObjectId& url) { cache_->forget_outdated({url}); }

void Node::forget_all_outdated() { cache_->forget_all_outdated(); }

}  // namespace larder::node
