// FakePortal: a real HTTP server on loopback that answers as a test says and remembers what it was asked.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/eventually.h"
#include "support/socket.h"

namespace larder::support {

struct Asked {
  std::string method;
  std::string target;  // "/api/v1/nodes?limit=500"
  std::string head;    // in lower case
  std::string body;

  /// "" if there is no such field; `name` in lower case.
  std::string field(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t start = at + name.size() + 4;
    return head.substr(start, head.find("\r\n", start) - start);
  }
  /// The target without its query.
  std::string path() const { return target.substr(0, target.find('?')); }
};

struct Answer {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields = {};
  bool drop = false;  // the connection is closed without an answer
};

/// A problem document of that name; `more`: members, each with a comma before it.
inline Answer problem(int status, const std::string& name, const std::string& detail, const std::string& more = "") {
  return {status, R"({"type":"urn:larder:problem:)" + name + R"(","title":"t","status":)" + std::to_string(status) +
                      R"(,"detail":")" + detail + "\"" + more + "}"};
}

/// One page of a list; `next`: JSON, the cursor of the next one.
inline Answer items(const std::string& list, const std::string& next = "null") {
  return {200, R"({"items":[)" + list + R"(],"next":)" + next + "}"};
}

class FakePortal {
 public:
  using Answerer = std::function<Answer(const Asked&)>;

  explicit FakePortal(Answerer answerer)
      : answerer_(std::move(answerer)), listener_(Socket::listen("127.0.0.1:0")), thread_([this] { serve(); }) {}
  ~FakePortal() {
    listener_.shut_down();
    thread_.join();
  }
  FakePortal(const FakePortal&) = delete;
  FakePortal& operator=(const FakePortal&) = delete;

  std::string url() const { return "http://" + listener_.local_address(); }
  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  /// Requests as "GET /api/v1/nodes", without their queries.
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const Asked& request : asked()) out.push_back(request.method + " " + request.path());
    return out;
  }

 private:
  void serve() {
    for (;;) {
      const Socket peer = listener_.accept();
      if (!peer.is_open()) return;
      peer.limit_receive(kPatience);
      Asked request;
      if (!read(peer, request)) continue;
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(request);
      }
      const Answer answer = answerer_(request);
      if (!answer.drop) send(peer, answer);
    }
  }

  static bool read(const Socket& peer, Asked& request) {
    std::string text;
    std::array<std::byte, 4096> bytes{};
    const auto more = [&] {
      const auto count = peer.receive(bytes);
      if (!count || *count == 0) return false;
      text.append(reinterpret_cast<const char*>(bytes.data()), *count);
      return true;
    };
    while (text.find("\r\n\r\n") == std::string::npos) {
      if (!more()) return false;
    }
    const std::size_t end = text.find("\r\n\r\n");
    request.method = text.substr(0, text.find(' '));
    const std::size_t target = request.method.size() + 1;
    request.target = text.substr(target, text.find(' ', target) - target);
    request.head = text.substr(0, end + 2);
    std::ranges::transform(request.head, request.head.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t length = std::strtoul(request.field("content-length").c_str(), nullptr, 10);
    while (text.size() < end + 4 + length) {
      if (!more()) return false;
    }
    request.body = text.substr(end + 4, length);
    return true;
  }

  static void send(const Socket& peer, const Answer& answer) {
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Answer\r\nConnection: close\r\n";
    for (const auto& [name, value] : answer.fields) text.append(name).append(": ").append(value).append("\r\n");
    if (answer.status != 204 && answer.status != 304) {
      text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
    }
    peer.send_all(text + "\r\n" + answer.body);
  }

  Answerer answerer_;
  Socket listener_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace larder::support
