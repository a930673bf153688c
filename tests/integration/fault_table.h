// FaultTable: 64 clients at once meet a fault, each with a part of its own to ask for, under the eyes of the auditor;
// and the bounds that hold whatever the fault is. docs/testing.md has the table.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "node_test.h"

namespace larder::integration {

// Fewer where sanitizers make everything slow.
inline const std::size_t kClients = kShare < 100 ? 16 : 64;

// Part: what one client asks for, and what of the object that is.
struct Part {
  std::string range;  // of the Range field; empty: all is asked for
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // begin: it lies behind the object's end
};

/// Whole objects, parts that begin and end anywhere, open and suffix ranges, one that passes the end and one behind it.
inline Part part_of(std::size_t client, std::uint64_t size) {
  const auto text = [](std::uint64_t number) { return std::to_string(number); };
  const Part whole{"", 0, size};
  if (size == 0 || client % 4 == 0) return whole;
  const std::uint64_t begin = client * 777'777 % size;
  const std::uint64_t tail = std::min<std::uint64_t>(size, 1 + client * 1000);
  if (client == kClients - 1) return {"bytes=" + text(size + 5) + "-" + text(size + 9), size, size};
  if (client == kClients - 2) return {"bytes=" + text(begin) + "-" + text(size + kGiB), begin, size};
  if (client % 4 == 1) return {"bytes=" + text(begin) + "-", begin, size};
  if (client % 4 == 2) return {"bytes=-" + text(tail), size - tail, size};
  const std::uint64_t end = std::min(size, begin + 300'000);
  return {"bytes=" + text(begin) + "-" + text(end - 1), begin, end};
}

// Ask: one client's request. Outcome: what it came to; without a connection, or a head, the status is 0.
struct Ask {
  std::string target;
  Part part;
  std::uint64_t size = 0;  // of the object
};
struct Outcome {
  Ask ask;
  HttpResponse response;  // its body, if that is a text

  bool has_content() const { return response.status == 200 || response.status == 206; }
  /// All of what was asked for came, or a 416 for what is not there. What the bytes are is the auditor's to judge.
  bool is_right() const {
    const bool behind = ask.part.begin == ask.part.end && ask.size > 0;
    if (behind && response.status == 416) return true;
    const bool is_whole = response.status == 200 && response.body_bytes == ask.size;
    const bool is_part = response.status == 206 && !behind && response.body_bytes == ask.part.end - ask.part.begin;
    return response.complete && (is_whole || is_part);
  }
  bool is_refused() const { return response.status >= 502 && response.status <= 504; }
};
inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << outcome.ask.target << " " << outcome.ask.part.range << ": " << outcome.response.status << ", "
             << outcome.response.body_bytes << (outcome.response.complete ? " bytes " : " bytes, cut ")
             << outcome.response.body;
}

using Outcomes = std::vector<Outcome>;

class FaultTable : public NodeTest {
 protected:
  FaultTable() { allow_refetch(Auditor::kNoLimit); }  // whoever gets half an answer has to ask again

  using Asks = std::function<Ask(std::size_t client)>;

  static Asks parts_of(const std::string& path, std::uint64_t size, const std::string& host = kHost) {
    return [=](std::size_t client) { return Ask{target(path, host), part_of(client, size), size}; };
  }

  /// One request on this connection, or on one of its own.
  static Outcome ask(HttpClient& client, Ask asked) {
    std::vector<std::string> fields;
    if (!asked.part.range.empty()) fields.push_back("Range: " + asked.part.range);
    client.send_request("GET", asked.target, fields);
    std::string text;
    Outcome outcome{std::move(asked), client.read_response("GET", [&](std::span<const std::byte> bytes) {
                      if (text.size() < 200) text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                    })};
    if (!outcome.has_content()) outcome.response.body = text.substr(0, 200);
    return outcome;
  }
  Outcome ask(Ask asked) {
    try {
      HttpClient client = connect();
      return ask(client, std::move(asked));
    } catch (const std::system_error&) {
      return {std::move(asked), {}};  // the node is not there
    }
  }

  /// Every client asks once, all at the same time.
  Outcomes all_ask(const Asks& asks) {
    Outcomes outcomes(kClients);
    std::latch together(static_cast<std::ptrdiff_t>(kClients));
    std::vector<std::jthread> clients;
    for (std::size_t client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        together.arrive_and_wait();
        outcomes[client] = ask(asks(client));
      });
    }
    clients.clear();
    return outcomes;
  }

  static void expect_all_right(const Outcomes& outcomes) {
    for (const Outcome& each : outcomes) EXPECT_TRUE(each.is_right()) << each;
  }
  /// The fault is over: soon all clients get what they ask for at once.
  void expect_normal(const Asks& asks) {
    Outcomes last;
    EXPECT_TRUE(eventually([&] {
      last = all_ask(asks);
      return std::ranges::all_of(last, &Outcome::is_right);
    }));
    expect_all_right(last);  // which shows who did not
  }

  // --- what the node uses ---

  struct Use {
    std::uint64_t peak_memory = 0;
    std::size_t descriptors = 0;
  };
  Use use(const Node& node) const { return {peak_memory(node), descriptors(node)}; }
  Use use() const { return use(node_); }

  /// Memory has not grown by more than buffers of fills and of so many connections, no descriptor is left of what was,
  /// and the log tells of the fault and does not fill the disk with it.
  void expect_bounded(const Use& before, const Node& node) {
    EXPECT_LE(peak_memory(node), before.peak_memory + kMostMemory);
    std::size_t now = 0;
    EXPECT_TRUE(eventually([&] {  // a connection ends a moment after its client has left
      now = descriptors(node);
      return now <= before.descriptors + kMostKept;
    })) << now
        << " descriptors are open, and there were " << before.descriptors;
    EXPECT_LE(std::filesystem::file_size(node.folder() / "node.log"), 64 * kKiB);
  }
  void expect_bounded(const Use& before) { expect_bounded(before, node_); }

 private:
  // The budget of fills, and as much again for connections and what malloc keeps.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr std::uint64_t kMostMemory = 1024 * kMiB;  // of shadows, and of what was freed
#else
  static constexpr std::uint64_t kMostMemory = 128 * kMiB;
#endif
  static constexpr std::size_t kMostKept = 160;  // connections to the origin, and segments

  static std::uint64_t peak_memory(const Node& node) {
    std::ifstream status("/proc/" + std::to_string(node.id()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * kKiB;
    }
    ADD_FAILURE() << "the node has ended";
    return 0;
  }
  static std::size_t descriptors(const Node& node) {
    std::size_t count = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator it("/proc/" + std::to_string(node.id()) + "/fd", error), end;
         !error && it != end; it.increment(error)) {
      ++count;
    }
    return count;
  }
};

}  // namespace larder::integration
