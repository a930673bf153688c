// ObjectTable: the URLs that this node has in mind, those unused for longest first to go (second chance).
//
// Forgetting one loses nothing: its description is on disk beside its slices, and is read back when it is asked for.
//
// Threads    all calls from any thread.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>

#include "cache/url_entry.h"
#include "origin/object_id.h"

namespace larder::cache {

class ObjectTable {
 public:
  /// `purges`: as for UrlEntry.
  explicit ObjectTable(std::size_t limit, const Purges* purges = nullptr)
      : shard_limit_(limit / kShards + 1), purges_(purges) {}

  /// The entry of a URL, made if it is not there.
  std::shared_ptr<UrlEntry> entry(const origin::UrlKey& url);
  /// The same without making it, or taking it for used; null if it is not there.
  std::shared_ptr<UrlEntry> peek(const origin::UrlKey& url) const;
  /// UrlEntry::drop() of all.
  void drop_all();
  std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 64;

  struct Node {
    origin::UrlKey url;
    std::shared_ptr<UrlEntry> entry;
    bool used = false;  // since it was last looked at for going
  };
  struct Hash {
    using is_avalanching = void;  // the key is a hash already
    std::size_t operator()(const origin::UrlKey& url) const { return url.words[0]; }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Node> order;  // the last one is looked at next
    boost::unordered_flat_map<origin::UrlKey, std::list<Node>::iterator, Hash> nodes;
  };

  void shrink(Shard& shard);

  const std::size_t shard_limit_;
  const Purges* const purges_;
  std::array<Shard, kShards> shards_;
};

}  // namespace larder::cache
