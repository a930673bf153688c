#include "cache/object_table.h"

#include <utility>

namespace larder::cache {

std::shared_ptr<UrlEntry> ObjectTable::entry(const origin::UrlKey& url) {
  Shard& shard = shards_[url.words[1] % kShards];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.nodes.find(url);
  if (found != shard.nodes.end()) {
    found->second->used = true;
    return found->second->entry;
  }
  shard.order.push_front({url, std::make_shared<UrlEntry>(purges_), false});
  shard.nodes.emplace(url, shard.order.begin());
  std::shared_ptr<UrlEntry> made = shard.order.front().entry;
  shrink(shard);
  return made;
}

std::shared_ptr<UrlEntry> ObjectTable::peek(const origin::UrlKey& url) const {
  const Shard& shard = shards_[url.words[1] % kShards];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.nodes.find(url);
  return found == shard.nodes.end() ? nullptr : found->second->entry;
}

void ObjectTable::shrink(Shard& shard) {
  // Entries in use stay; a few steps suffice, as each call adds one at most.
  constexpr int kSteps = 8;
  auto node = shard.order.end();
  for (int step = 0; step < kSteps && shard.nodes.size() > shard_limit_ && node != shard.order.begin(); ++step) {
    --node;
    if (node->entry.use_count() > 1 || std::exchange(node->used, false)) {
      const auto kept = node++;
      shard.order.splice(shard.order.begin(), shard.order, kept);
      continue;
    }
    shard.nodes.erase(node->url);
    node = shard.order.erase(node);
  }
}

void ObjectTable::drop_all() {
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const Node& node : shard.order) node.entry->drop();
  }
}

std::size_t ObjectTable::size() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.nodes.size();
  }
  return count;
}

}  // namespace larder::cache
