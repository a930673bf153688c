// LoadedTable: the fault table's clients, going on for as long as a fault lasts.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fault_table.h"

namespace larder::integration {

class LoadedTable : public FaultTable {
 protected:
  static constexpr std::uint64_t kSize = 2 * kMiB + 17;
  static constexpr std::uint64_t kObjects = 8;

  static std::string path(std::uint64_t number) { return "/h/" + std::to_string(number); }
  /// Version `version` of so many objects.
  void put(std::uint64_t count, std::uint64_t size = kSize, std::uint64_t version = 1) {
    for (std::uint64_t n = 0; n < count; ++n) {
      origin_.put(path(n), {.seed = version * 1000 + n, .size = size, .etag = "\"v" + std::to_string(version) + "\""});
    }
  }
  /// Of one of the objects.
  static Ask part(std::size_t client) {
    return {target(path(client % kObjects)), part_of(client % kClients, kSize), kSize};
  }
  /// All of one of 64 objects.
  static Asks whole(std::uint64_t size) {
    return [=](std::size_t client) { return Ask{target(path(client)), {"", 0, size}, size}; };
  }

  // Load: all clients, each of which asks again and again on a connection, and on a new one when that has ended, until
  // the node is gone. What
  // comes is counted: what is right, 502 to 504, heads whose body is cut, requests without an answer, all else.
  class Load {
   public:
    struct Count {
      std::size_t right = 0;
      std::size_t refused = 0;
      std::size_t cut = 0;
      std::size_t none = 0;
      std::size_t other = 0;
    };

    explicit Load(LoadedTable& table) {
      for (std::size_t client = 0; client < kClients; ++client) {
        clients_.emplace_back([=, this, &table](const std::stop_token& stop) {
          std::optional<HttpClient> connection;
          for (std::size_t n = client; !stop.stop_requested(); n += 7) {
            const auto outcome = table.ask_on(connection, part(n));
            if (!outcome) return;
            note(*outcome);
          }
        });
      }
    }
    /// And waits for the answers that are on their way.
    void stop() {
      for (std::jthread& client : clients_) client.request_stop();
      clients_.clear();
    }
    Count count() const { return {right_, refused_, cut_, none_, other_}; }

   private:
    void note(const Outcome& outcome) {
      if (outcome.is_right()) {
        ++right_;
      } else if (outcome.is_refused()) {
        ++refused_;
      } else if (outcome.has_content() && !outcome.response.complete) {
        ++cut_;
      } else if (outcome.response.status == 0) {
        ++none_;
      } else {
        ++other_;
      }
    }

    std::atomic<std::size_t> right_ = 0;
    std::atomic<std::size_t> refused_ = 0;
    std::atomic<std::size_t> cut_ = 0;
    std::atomic<std::size_t> none_ = 0;
    std::atomic<std::size_t> other_ = 0;
    std::vector<std::jthread> clients_;
  };

 private:
  /// Nothing: the node is not there any more.
  std::optional<Outcome> ask_on(std::optional<HttpClient>& connection, Ask asked) {
    try {
      if (!connection) connection.emplace(connect());
      Outcome outcome = ask(*connection, std::move(asked));
      const bool ends = outcome.response.head.field("Connection") == "close";
      if (!outcome.response.complete || ends) connection.reset();
      return outcome;
    } catch (const std::system_error&) {
      return std::nullopt;
    }
  }
};

}  // namespace larder::integration
