#include "cache/purges.h"

#include <algorithm>
#include <chrono>

namespace larder::cache {
namespace {

// So far in the future a clock may have been that gave the numbers that nobody knows any more.
constexpr auto kMostClockError = std::chrono::hours(24 * 366);

}  // namespace

// Others look for last_ first: what it says is in the list then.
void Purges::set(PurgeList list) {
  const std::uint64_t last = list.last();
  const std::uint64_t last_hard = list.last_hard();
  {
    const std::lock_guard lock(mutex_);
    list_ = std::make_shared<const PurgeList>(std::move(list));
  }
  last_hard_.store(last_hard, std::memory_order_release);
  last_.store(last, std::memory_order_release);
}

bool Purges::concern_by_list(const origin::Target& target, std::uint64_t since) const {
  const PurgeVerdict verdict = list()->judge(target, "", since);
  return verdict.soft != 0 || verdict.hard != 0;
}

void Purges::heed_by_list(Object& object, const origin::Target& target) const {
  const auto list = this->list();
  object.heed(list->judge(target, object.rule(), object.heeded()), list->last());
}

PurgeList recall(std::span<const storage::SliceStore::KeptPurges> kept, WallTime now, Log& log) {
  PurgeList all;
  bool any_read = false;
  bool any_damaged = false;
  bool has_drives = false;
  bool drive_damaged = false;
  for (const auto& each : kept) {
    auto list = each.text ? PurgeList::parse(*each.text) : PurgeList();
    const std::string damage = each.damage.empty() && !list ? list.error().text : each.damage;
    any_damaged |= !damage.empty();
    has_drives |= each.is_drive;
    drive_damaged |= each.is_drive && !damage.empty();
    if (!damage.empty()) {
      log.write(Level::kWarning, "what was purged cannot be read in one place; the others are read",
                [&](JsonLine& line) { line.add("place", each.place).add("reason", damage); });
    } else if (each.text) {
      any_read = true;
      all.merge(*list);
    }
  }
  // Drives that can be read, and have kept none, were told of none.
  if (!any_damaged || any_read || (has_drives && !drive_damaged)) return all;
  log.write(Level::kError, "what was purged cannot be read anywhere; nothing that is stored is used any more",
            [](JsonLine&) {});
  const std::uint64_t number = next_number(0, now + kMostClockError);
  PurgeRecord everything{.number = number, .hard = true, .what = Purge::What::kEverything};
  static_cast<void>(all.add(std::move(everything)));  // the only one
  return all;
}

std::uint64_t next_number(std::uint64_t last, WallTime now) {
  const auto time = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return std::max(last + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(time, 1)));
}

}  // namespace larder::cache
