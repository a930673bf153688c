// Turns: what waits, by key, where keys take turns: whoever has much waiting waits for itself, and nobody else does.
//
// `Line` is what one key has waiting: a std::deque, or Turns of its own, for keys within keys.
//
// Threads    none of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>

#include "core/check.h"

namespace larder {

template <class Key, class Line, class Hash = std::hash<Key>>
class Turns {
 public:
  bool empty() const { return order_.empty(); }

  /// Whose turn it is. REQUIRES: not empty.
  Line& first() { return order_.front().line; }
  const Key& first_key() const { return order_.front().key; }
  /// Makes the next one for whom `may` holds first: those before it, who may not now, come behind all others. False:
  /// it holds for nobody. Cost: a call for each of those.
  template <class May>
  bool turn_to(May may) {
    for (std::size_t left = order_.size(); left > 0; --left) {
      if (may(order_.front().key, order_.front().line)) return true;
      order_.splice(order_.end(), order_, order_.begin());
    }
    return false;
  }
  /// Something of first() was taken out: it is the next one's turn, and `first` waits until all others have had theirs.
  void pass() {
    CHECK(!order_.empty(), "nobody's turn passes");
    if (order_.front().line.empty()) {
      by_key_.erase(order_.front().key);
      order_.pop_front();
    } else {
      order_.splice(order_.end(), order_, order_.begin());
    }
  }

  /// What `key` has waiting, to put something in: an empty line behind all others if it has nothing yet.
  Line& of(const Key& key) {
    const auto [found, is_new] = by_key_.try_emplace(key);
    if (is_new) found->second = order_.insert(order_.end(), Entry{key, Line()});
    return found->second->line;
  }
  /// The same, to look at; null: nothing.
  const Line* find(const Key& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->line;
  }
  /// Something of `key` was taken out, out of turn.
  void drop_empty(const Key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end() || !found->second->line.empty()) return;
    order_.erase(found->second);
    by_key_.erase(found);
  }
  template <class F>
  void each(F f) const {
    for (const Entry& entry : order_) f(entry.key, entry.line);
  }

 private:
  struct Entry {
    Key key;
    Line line;
  };
  using Order = std::list<Entry>;

  Order order_;  // none is empty; the first one's turn is next
  std::unordered_map<Key, typename Order::iterator, Hash> by_key_;
};

}  // namespace larder
