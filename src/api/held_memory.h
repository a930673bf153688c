// HeldMemory: what bodies that are taken in and answers that are sent take of the portal's memory, in all and by
// client.
//
// It is counted as it is taken. A client may hold as much as its share, and never more than a quarter of what is free:
// the more is taken, the less anybody may add, so that there is always something left for whoever holds nothing. A site
// (net::site_of()) has a share too, or one stranger would have as many as networks.
//
// Threads    one event loop.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "net/address.h"

namespace larder::api {

class HeldMemory {
 public:
  /// What a request holds up to this size is not counted: there are at most as many requests as connections.
  static constexpr std::size_t kSmall = 16 * 1024;
  /// In all, where bodies may not be unusually large.
  static constexpr std::size_t kUsual = 256 << 20;

  struct Limits {
    std::size_t all = kUsual;
    std::size_t of_client = kUsual / 16;
    std::size_t of_site = kUsual / 4;
  };
  /// For bodies of up to `body_limit` bytes, several of which a client may send at a time.
  static Limits limits_for(std::size_t body_limit);

  // Share: what one request holds. Gives it back when it ends.
  class Share {
   public:
    /// `client` as net::network_of() has it. `memory` must outlive it.
    Share(HeldMemory& memory, const net::IpAddress& client) : memory_(memory), client_(client) {}
    ~Share() { set(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// False: the client may not hold so much now, and what was held stays.
    bool try_set(std::size_t bytes);
    /// Of what is there already, whatever the limits say.
    void set(std::size_t bytes);

   private:
    HeldMemory& memory_;
    net::IpAddress client_;
    std::size_t counted_ = 0;
  };

  explicit HeldMemory(Limits limits) : limits_(limits) {}

  /// Whether `client` may ask for an answer, however large it becomes: answers are counted once they are there. Whoever
  /// holds nothing may, unless its site holds too much.
  bool has_room(const net::IpAddress& client) const;
  std::size_t held() const { return held_; }
  /// True, once, when at least `bytes` have been given back since it was last true and little is held: time to give
  /// memory back to the system.
  bool has_ebbed(std::size_t bytes);

 private:
  using Held = std::unordered_map<net::IpAddress, std::size_t>;

  static std::size_t held_in(const Held& held, const net::IpAddress& party);
  static void change_in(Held& held, const net::IpAddress& party, std::size_t from, std::size_t to);
  /// Whether one that holds `own` may hold `more`, of which nobody may hold more than `most`.
  bool may_add(std::size_t own, std::size_t more, std::size_t most) const;
  bool may_ask(std::size_t own, std::size_t most) const { return own == 0 || (own <= most && held_ <= limits_.all); }
  void change(const net::IpAddress& client, std::size_t from, std::size_t to);

  const Limits limits_;
  std::size_t held_ = 0;
  std::size_t given_back_ = 0;
  Held clients_;  // that hold something
  Held sites_;    // the same
};

}  // namespace larder::api
