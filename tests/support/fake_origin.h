// FakeOrigin: a real HTTP/1.1 server on loopback that does what a test tells it and records what it was asked.
//
// A blocking socket and a thread per connection, and nothing of src/: what is wrong in Larder's own HTTP must not be
// mirrored here. It is also what larder-demo-origin runs.
//
// Threads    all calls from any thread; scripts run on the thread of the connection that asked.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/origin_observer.h"
#include "support/origin_script.h"
#include "support/rate_limit.h"
#include "support/socket.h"

namespace larder::support {

class OriginConnection;

class FakeOrigin {
 public:
  struct Options {
    std::string address = "127.0.0.1:0";
    std::uint64_t bytes_per_second = 0;                 // of all connections together; 0: no limit
    std::uint64_t bytes_per_second_per_connection = 0;  // of each
    bool record = true;                                 // false: for long runs; requests() stays empty
    OriginObserver* observer = nullptr;                 // outlives the origin
  };

  FakeOrigin();
  /// Throws std::system_error if it cannot listen.
  explicit FakeOrigin(Options options);
  ~FakeOrigin();
  FakeOrigin(const FakeOrigin&) = delete;
  FakeOrigin& operator=(const FakeOrigin&) = delete;

  /// "127.0.0.1:41234".
  const std::string& address() const { return address_; }

  /// The object at `path` ("/a/b.bin", any query) from now on; running answers keep the old one.
  void put(const std::string& path, OriginObject object);
  void remove(const std::string& path);
  /// How requests for `path` are answered from now on, whether or not an object is there.
  void script(const std::string& path, OriginScript script);
  /// Every request for `path` gets this reply.
  void reply(const std::string& path, OriginReply reply);
  void clear_script(const std::string& path);

  /// All requests so far, in the order in which their heads arrived.
  std::vector<OriginRequest> requests() const;
  std::vector<OriginRequest> requests(const std::string& path) const;
  void forget_requests();
  /// Waits until the record satisfies `condition`. False: it never did (a safety net).
  bool wait_for_requests(const std::function<bool(const std::vector<OriginRequest>&)>& condition) const;

  std::uint64_t body_bytes_sent() const { return body_bytes_sent_; }
  std::size_t connections_accepted() const { return connections_accepted_; }
  /// Closes idle and busy connections alike, as a server does that restarts.
  void drop_connections();

 private:
  friend class OriginConnection;
  struct Path {
    std::optional<OriginObject> object;
    OriginScript script;
    std::size_t requests = 0;
  };
  struct Answer {
    std::optional<OriginObject> object;
    OriginReply reply;
    std::size_t record = 0;
  };

  void accept_connections();
  /// Records `request` and decides how it is answered.
  Answer answer(OriginRequest& request);
  void update(std::size_t record, const std::function<void(OriginRequest&)>& change);
  void note_body_bytes(std::size_t record, std::size_t bytes);

  const Options options_;
  RateLimit rate_;
  Socket listener_;
  std::string address_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, Path> paths_;
  std::vector<OriginRequest> requests_;
  std::size_t forgotten_ = 0;  // record numbers below this are not in requests_ any more
  std::vector<std::weak_ptr<Gate>> gates_;
  std::list<OriginConnection> connections_;
  bool stopping_ = false;

  std::atomic<std::uint64_t> body_bytes_sent_ = 0;
  std::atomic<std::size_t> connections_accepted_ = 0;
  std::thread acceptor_;
};

}  // namespace larder::support
