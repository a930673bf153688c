#include "api/held_memory.h"

#include <algorithm>

namespace larder::api {
namespace {

constexpr std::size_t kPartOfFree = 4;
constexpr std::size_t kLittle = 1 << 20;

}  // namespace

HeldMemory::Limits HeldMemory::limits_for(std::size_t body_limit) {
  // A quarter of what is free must hold a whole body, also when others hold a good part.
  const std::size_t all = std::max(kUsual, 8 * body_limit);
  return {.all = all, .of_client = std::max(all / 16, 2 * body_limit)};
}

bool HeldMemory::Share::try_set(std::size_t bytes) {
  const std::size_t wanted = bytes <= kSmall ? 0 : bytes;
  if (wanted > counted_) {
    const std::size_t others = memory_.held_ - memory_.held_by(client_);
    const std::size_t free = memory_.limits_.all - std::min(memory_.limits_.all, others);
    const std::size_t most = std::min(memory_.limits_.of_client, free / kPartOfFree);
    if (memory_.held_by(client_) - counted_ + wanted > most) return false;
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
  const std::size_t own = held_by(client);
  return own == 0 || (own <= limits_.of_client && held_ <= limits_.all);
}

bool HeldMemory::has_ebbed(std::size_t bytes) {
  if (given_back_ < bytes || held_ > kLittle) return false;
  given_back_ = 0;
  return true;
}

std::size_t HeldMemory::held_by(const net::IpAddress& client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second;
}

void HeldMemory::change(const net::IpAddress& client, std::size_t from, std::size_t to) {
  if (from == to) return;
  held_ = held_ - from + to;
  given_back_ += from > to ? from - to : 0;
  std::size_t& own = clients_[client];
  own = own - from + to;
  if (own == 0) clients_.erase(client);
}

}  // namespace larder::api
