// ChangeFeed: tells whoever waits that something in the database has changed, by this program or another one.
//
// A hint, not a log: it says where to look. After a lost connection listeners are told that anything may have changed
// (Change::everything()).
//
// Threads    all calls from any thread. Listeners are called on the feed's own thread and must not block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace larder::database {

struct Change {
  Change(std::string changed_kind, std::string changed_id) : kind(std::move(changed_kind)), id(std::move(changed_id)) {}
  static Change everything() { return {"*", "*"}; }

  std::string kind;  // "node", "organisation", ...: a word of the API
  std::string id;
};

class ChangeFeed {
 public:
  using Listener = std::function<void(const Change&)>;
  using Subscription = std::shared_ptr<void>;  // ends when it dies; then the listener does not run and will not

  virtual ~ChangeFeed() = default;
  [[nodiscard]] virtual Subscription subscribe(Listener listener) = 0;
};

}  // namespace larder::database
