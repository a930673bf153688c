// ObjectTable: the URLs that this node has in mind, least recently used first to go.
//
// Forgetting one loses nothing: its description is on disk beside its slices, and is read back when it is asked for.
//
// Threads    all calls from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "cache/url_entry.h"
#include "storage/slice_key.h"

namespace larder::cache {

class ObjectTable {
 public:
  explicit ObjectTable(std::size_t limit) : shard_limit_(limit / kShards + 1) {}

  /// The entry of a URL, made if it is not there.
  std::shared_ptr<UrlEntry> entry(const storage::ObjectId& url);
  std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 64;

  struct Node {
    storage::ObjectId url;
    std::shared_ptr<UrlEntry> entry;
  };
  struct Hash {
    std::size_t operator()(const storage::ObjectId& url) const { return url[0]; }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Node> order;  // most recently used first
    std::unordered_map<storage::ObjectId, std::list<Node>::iterator, Hash> nodes;
  };

  void shrink(Shard& shard);

  const std::size_t shard_limit_;
  std::array<Shard, kShards> shards_;
};

}  // namespace larder::cache
