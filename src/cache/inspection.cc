#include "cache/inspection.h"

#include <algorithm>
#include <memory>
#include <string_view>

namespace larder::cache {
namespace {

std::string_view field_of_info(const ObjectInfo& info, std::string_view name) {
  const auto found =
      std::ranges::find(info.fields, name, [](const auto& field) { return std::string_view(field.first); });
  return found == info.fields.end() ? std::string_view() : found->second;
}

FreshnessBasis basis_of(const ObjectInfo& info, const origin::Target& target) {
  FreshnessInput input;
  if (const auto fresh = target.rule->fresh_for(target.path())) {
    input.rule_fresh = std::chrono::duration_cast<std::chrono::seconds>(*fresh);
  }
  input.honour_no_store = target.rule->honour_no_store;
  input.cache_control = field_of_info(info, "Cache-Control");
  input.expires = field_of_info(info, "Expires");
  input.last_modified = info.last_modified;
  input.now = info.checked;
  return assess_freshness(input).basis;
}

void look_at_slices(const Object& object, const storage::SliceStore& store, std::uint64_t most,
                    Inspection::Object& seen) {
  seen.under_way = object.underway_count();
  if (object.total() == kUnknownTotal) return;
  seen.slices = object.slice_count();
  seen.looked_at = std::min(seen.slices, most);
  for (std::uint32_t number = 0; number < seen.looked_at; ++number) {
    if (!store.contains(object.key(number))) continue;
    ++seen.stored;
    seen.stored_bytes += object.slice_length(number);
  }
}

Inspection::Object look_at(const Object& object, const origin::Target& target, const storage::SliceStore& store,
                           Moment now, std::uint64_t most) {
  Inspection::Object seen;
  seen.info = object.info(now);
  seen.info.forbidden = object.forbidden();
  seen.fresh = object.fresh(now.steady);
  seen.lent = !seen.fresh && object.usable(now.steady);
  seen.outdated = object.outdated();
  seen.doubted = object.doubted();
  seen.age = object.age(now.steady);
  seen.fresh_for = seen.info.fresh_until - now.wall;
  seen.basis = basis_of(seen.info, target);
  look_at_slices(object, store, most, seen);
  return seen;
}

/// The object as the drive has it; null if it is not there, or replaced.
Result<std::shared_ptr<Object>> read_from_drive(Cache& cache, const origin::UrlKey& url, Moment now, Inspection& seen) {
  auto description = cache.store().read_description(url.words);
  if (!description && description.error().code == Errc::kNotFound) return nullptr;
  if (!description) return std::unexpected(std::move(description).error());
  TRY(auto info, parse_object_info(description->bytes));
  seen.unsure = !description->current;
  seen.replaced = info.replaced;
  if (info.replaced) return nullptr;
  if (seen.unsure) info.fresh_until = {};
  return std::make_shared<Object>(std::move(info), now);
}

}  // namespace

Result<Inspection> inspect(Cache& cache, const origin::Target& target, std::uint64_t most_slices) {
  Inspection seen;
  const Moment now = cache.clock().moment();
  std::shared_ptr<Object> object;
  if (const auto entry = cache.objects().peek(target.key)) {
    const UrlEntry::Standing standing = entry->standing();
    object = standing.object;
    seen.asking = standing.asking;
    if (now.steady < standing.forward.until) seen.forward = standing.forward;
  }
  seen.in_memory = object != nullptr;
  seen.on_drive = cache.store().contains({target.key.words, storage::kMetaSlice});
  if (!object && seen.on_drive) {
    TRY(object, read_from_drive(cache, target.key, now, seen));
  }
  if (object) cache.purges().heed(*object, target);
  seen.purged = object && object->purged();
  if (object && !seen.purged) seen.object = look_at(*object, target, cache.store(), now, most_slices);
  return seen;
}

}  // namespace larder::cache
