#include "origin/name_table.h"

#include <utility>

namespace larder::origin {

const NameTable::Entry* NameTable::find(const std::string& host) {
  const auto at = slots_.find(host);
  if (at == slots_.end()) return nullptr;
  Slot& slot = at->second;
  if (slot.entry.is_known()) known_.splice(known_.end(), known_, slot.place);
  return &slot.entry;
}

void NameTable::put(const std::string& host, Entry entry) {
  const auto [at, is_new] = slots_.try_emplace(host);
  Slot& slot = at->second;
  Order& order = order_of(entry);
  if (is_new) {
    slot.place = order.insert(order.end(), host);
  } else {
    order.splice(order.end(), order_of(slot.entry), slot.place);
  }
  slot.entry = std::move(entry);
  shrink(known_, limits_.known);
  shrink(unknown_, limits_.unknown);
}

void NameTable::shrink(Order& order, std::size_t limit) {
  while (order.size() > limit) {
    slots_.erase(order.front());
    order.pop_front();
  }
}

}  // namespace larder::origin
