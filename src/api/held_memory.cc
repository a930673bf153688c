#include "api/held_memory.h"

#include <algorithm>

#include "net/network.h"

namespace larder::api {
namespace {

constexpr std::size_t kPartOfFree = 4;
constexpr std::size_t kLittle = 1 << 20;

}  // namespace

HeldMemory::Limits HeldMemory::limits_for(std::size_t body_limit) {
  // A quarter of what is free must hold a whole body, also when others hold a good part.
  const std::size_t all = std::max(kUsual, 8 * body_limit);
  return {.all = all, .of_client = std::max(all / 16, 2 * body_limit), .of_site = all / kPartOfFree};
}

bool HeldMemory::Share::try_set(std::size_t bytes) {
  const std::size_t wanted = bytes <= kSmall ? 0 : bytes;
  if (wanted > counted_) {
    const std::size_t more = wanted - counted_;
    const std::size_t of_site = held_in(memory_.sites_, net::site_of(client_));
    if (!memory_.may_add(held_in(memory_.clients_, client_), more, memory_.limits_.of_client)) return false;
    if (!memory_.may_add(of_site, more, memory_.limits_.of_site)) return false;
  }
  set(bytes);
  return true;
}

void HeldMemory::Share::set(std::size_t bytes) {
  const std::size_t wanted = bytes <= kSmall ? 0 : bytes;
  memory_.change(client_, counted_, wanted);
  counted_ = wanted;
}

bool HeldMemory::has_room(const net::IpAddress& client) const {
  return may_ask(held_in(clients_, client), limits_.of_client) &&
         may_ask(held_in(sites_, net::site_of(client)), limits_.of_site);
}

bool HeldMemory::may_add(std::size_t own, std::size_t more, std::size_t most) const {
  const std::size_t others = held_ - own;
  const std::size_t free = limits_.all - std::min(limits_.all, others);
  return own + more <= std::min(most, free / kPartOfFree);
}

bool HeldMemory::has_ebbed(std::size_t bytes) {
  if (given_back_ < bytes || held_ > kLittle) return false;
  given_back_ = 0;
  return true;
}

std::size_t HeldMemory::held_in(const Held& held, const net::IpAddress& party) {
  const auto found = held.find(party);
  return found == held.end() ? 0 : found->second;
}

void HeldMemory::change_in(Held& held, const net::IpAddress& party, std::size_t from, std::size_t to) {
  std::size_t& own = held[party];
  own = own - from + to;
  if (own == 0) held.erase(party);
}

void HeldMemory::change(const net::IpAddress& client, std::size_t from, std::size_t to) {
  if (from == to) return;
  held_ = held_ - from + to;
  given_back_ += from > to ? from - to : 0;
  change_in(clients_, client, from, to);
  change_in(sites_, net::site_of(client), from, to);
}

}  // namespace larder::api
