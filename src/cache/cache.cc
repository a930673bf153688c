#include "cache/cache.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "net/blocking.h"

namespace larder::cache {
namespace {

storage::SliceKey info_key(const origin::UrlKey& url) { return {url.words, storage::kMetaSlice}; }

}  // namespace

storage::ObjectId random_object_id() {
  std::random_device source;
  const auto word = [&] { return (static_cast<std::uint64_t>(source()) << 32) | source(); };
  return {word(), word()};
}

Cache::Cache(Options options, storage::SliceStore& store, BlockingPool& disk_pool, const Clock& clock, Log& log)
    : store_(store),
      disk_pool_(disk_pool),
      clock_(clock),
      log_(log),
      new_id_(std::move(options.new_id)),
      memory_(options.fill_memory),
      unstored_(options.fill_memory / 4),
      objects_(options.objects_in_memory, &purges_) {
  recall_purges();
}

// A drive that knows less was away, or is new: it learns the rest.
void Cache::recall_purges() {
  PurgeList list = recall(store_.kept_purges(), clock_.wall(), log_);
  if (list.last() == 0) return;
  const std::string text = list.serialize();
  const bool all_know = std::ranges::all_of(store_.kept_purges(), [&](const auto& kept) { return kept.text == text; });
  if (!all_know) store_.note_purges(text);
  purges_.set(std::move(list));
}

// Kept before it is in force: what is stored after it never has a number that a restart does not know.
Result<Purged> Cache::purge(const Purge& purge, const origin::RuleSet& rules) {
  TRY(PurgeRecord record, make_record(purge, rules));
  const std::lock_guard lock(purging_);
  if (store_.is_released()) return fail(Errc::kConflict, "{}", kReleased);
  PurgeList list = *purges_.list();
  record.number = next_number(list.last(), clock_.wall());
  TRY_VOID(list.add(record));
  Purged purged{record.number, store_.keep_purges(list.serialize())};
  if (store_.is_released()) return fail(Errc::kConflict, "{}", kReleased);
  purges_.set(std::move(list));
  log_.write(purged.not_kept.empty() ? Level::kInfo : Level::kError, "purged", [&](JsonLine& line) {
    line.add("what", to_string(record.what)).add("value", record.value).add("hard", record.hard);
    if (!purged.not_kept.empty()) line.add("not_kept", purged.not_kept);
  });
  return purged;
}

void Cache::purge_all_here() {
  const std::lock_guard lock(purging_);
  PurgeList list;
  const std::uint64_t number = next_number(purges_.last(), clock_.wall());
  if (list.add({.number = number, .hard = true, .what = Purge::What::kEverything})) purges_.set(std::move(list));
}

void Cache::store_slice(const std::shared_ptr<Object>& object, const std::shared_ptr<FillingSlice>& slice) {
  auto done = [this, object, slice](bool stored) {
    if (stored) {
      object->release(slice);
    } else {
      counters_.let_go.fetch_add(unstored_.keep(object, slice), std::memory_order_relaxed);
    }
  };
  store_.put(object->key(slice->number()), slice->bytes(0, slice->length()), slice, std::move(done));
}

void Cache::store_info(const origin::UrlKey& url, const std::shared_ptr<Object>& object) {
  if (object->purged()) return;  // and what is described by now may be what came after it
  if (!object->due_for_description(clock_.now())) return;
  write_info(url, object->info(clock_.moment()));
  // Whoever has found meanwhile that the origin has another version may have said so before this.
  if (object->superseded()) write_replaced(url, *object);
}

void Cache::forget(UrlEntry& entry, const origin::UrlKey& url, const std::shared_ptr<Object>& object,
                   UrlEntry::Why why) {
  if (entry.forget(object, why, clock_.now()) && object->total() != kUnknownTotal) write_replaced(url, *object);
}

void Cache::forget_outdated(const origin::UrlKey& url) {
  store_.erase(info_key(url));
  if (const auto entry = objects_.peek(url)) entry->drop();
}

void Cache::forget_all_outdated() {
  store_.doubt_all();
  objects_.drop_all();
}

void Cache::write_replaced(const origin::UrlKey& url, const Object& object) {
  ObjectInfo info = object.info(clock_.moment());
  info.replaced = true;
  write_info(url, info);
}

void Cache::write_info(const origin::UrlKey& url, const ObjectInfo& info) {
  const auto bytes = std::make_shared<const std::vector<std::byte>>(serialize(info));
  store_.put(info_key(url), *bytes, bytes, [](bool) {});
}

Task<std::shared_ptr<Object>> Cache::load_info(Executor executor, origin::UrlKey url) {
  const storage::SliceKey key = info_key(url);
  if (!store_.contains(key)) co_return nullptr;
  auto read = [this, url] { return store_.read_description(url.words); };
  auto description = co_await net::run_blocking(disk_pool_, executor, read);
  if (!description) co_return nullptr;
  auto info = parse_object_info(description->bytes);
  if (!info) {
    log_.write_limited(Level::kWarning, "object description dropped",
                       [&](JsonLine& line) { line.add("reason", info.error().text); });
    store_.erase(key);
    co_return nullptr;
  }
  if (info->replaced) co_return nullptr;
  // A newer one may have been lost: the origin decides.
  if (!description->current) info->fresh_until = {};
  co_return std::make_shared<Object>(*std::move(info), clock_.moment());
}

void Cache::touch_info(const origin::UrlKey& url, Object& object) {
  if (object.due_for_touch(clock_.now())) {
    // Finding a slice marks it as asked for, which keeps it through the next eviction.
    [[maybe_unused]] const auto found = store_.find(info_key(url));
  }
}

}  // namespace larder::cache
