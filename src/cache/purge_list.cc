#include "cache/purge_list.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "core/check.h"
#include "storage/checked_text.h"

namespace larder::cache {
namespace {

constexpr std::string_view kFirstLine = "larder purges, format 1\n";
// No clock says more, and no count gets there.
constexpr std::uint64_t kHighest = 1ULL << 62;
// Of a purge beside its texts, at most.
constexpr std::size_t kLineOverhead = 64;

using storage::Lines;

/// "5 hello".
bool take_text(Lines& lines, std::string& text) {
  std::uint64_t size = 0;
  const auto taken =
      lines.take(size) && lines.skip(" ") ? lines.take_next(static_cast<std::size_t>(size)) : std::nullopt;
  if (taken) text = *taken;
  return taken.has_value();
}

std::optional<Purge::What> take_what(Lines& lines) {
  using What = Purge::What;
  for (const What what : {What::kUrl, What::kPrefix, What::kRule, What::kEverything}) {
    if (lines.skip(to_string(what))) return what;
  }
  return std::nullopt;
}

bool take_purge(Lines& lines, PurgeRecord& purge) {
  if (!lines.skip("purge ") || !lines.take(purge.number) || !lines.skip(" ")) return false;
  purge.hard = lines.skip("hard ");
  if (!purge.hard && !lines.skip("soft ")) return false;
  const auto what = take_what(lines);
  if (!what) return false;
  purge.what = *what;
  if (lines.skip(" ") && !take_text(lines, purge.value)) return false;
  if (!lines.skip("\n")) return false;
  if (!lines.skip("shared ")) return true;
  return take_text(lines, purge.shared_rule) && lines.skip("\n");
}

std::string line_of(const PurgeRecord& purge) {
  std::string line = fmt::format("purge {} {} {}", purge.number, purge.hard ? "hard" : "soft", to_string(purge.what));
  if (!purge.value.empty()) fmt::format_to(std::back_inserter(line), " {} {}", purge.value.size(), purge.value);
  line += '\n';
  if (!purge.shared_rule.empty()) {
    fmt::format_to(std::back_inserter(line), "shared {} {}\n", purge.shared_rule.size(), purge.shared_rule);
  }
  return line;
}

}  // namespace

Result<PurgeList> PurgeList::parse(std::string_view text) {
  TRY(const std::string_view checked, storage::checked_lines(text, kFirstLine, "it is no list of purges of format 1"));
  Lines lines(checked);
  PurgeList list;
  while (!lines.at_end()) {
    PurgeRecord purge;
    const bool taken = take_purge(lines, purge) && list.all_.size() < kMost;
    if (!taken || purge.number == 0 || purge.number > kHighest || purge.number < list.last()) {
      return fail(Errc::kCorrupt, "its lines are not those of this format");
    }
    list.all_.push_back(std::move(purge));
  }
  return list;
}

std::string PurgeList::serialize() const {
  std::string text(kFirstLine);
  for (const PurgeRecord& purge : all_) text += line_of(purge);
  return storage::with_checksum(std::move(text));
}

bool PurgeList::is_over_bound() const {
  std::size_t size = kFirstLine.size() + storage::kChecksumLine;
  for (const PurgeRecord& purge : all_) size += kLineOverhead + purge.value.size() + purge.shared_rule.size();
  return all_.size() > kMost || size > kMostText;
}

Result<> PurgeList::add(PurgeRecord purge) {
  CHECK(purge.number > last(), "a purge comes after those before it");
  PurgeList next = *this;
  std::erase_if(next.all_, [&](const PurgeRecord& earlier) { return covers(purge, earlier); });
  next.all_.push_back(std::move(purge));
  if (next.is_over_bound()) next.fold_soft();
  if (next.is_over_bound()) {
    return fail(
        Errc::kNoSpace,
        "{} hard purges are remembered, and there is no room for more; purge a prefix that has many of them, or "
        "everything, hard, in their place",
        std::ranges::count(all_, true, &PurgeRecord::hard));
  }
  *this = std::move(next);
  return {};
}

void PurgeList::merge(const PurgeList& other) {
  if (other == *this) return;  // as on drives of one store
  std::vector<PurgeRecord> both;
  std::ranges::merge(all_, other.all_, std::back_inserter(both), {}, &PurgeRecord::number, &PurgeRecord::number);
  // Of one number there are few: two that were made at the same time on drives that knew nothing of each other.
  all_.clear();
  for (PurgeRecord& purge : both) {
    if (std::ranges::find(all_, purge) == all_.end()) all_.push_back(std::move(purge));
  }
  drop_covered();
  if (is_over_bound()) fold_soft();
  if (is_over_bound()) all_ = {{.number = last(), .hard = true, .what = Purge::What::kEverything}};
}

/// In the order of numbers, so that what is covered is never what covers it.
void PurgeList::drop_covered() {
  std::vector<PurgeRecord> kept;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const bool covered = std::any_of(all_.begin() + static_cast<std::ptrdiff_t>(i) + 1, all_.end(),
                                     [&](const PurgeRecord& later) { return covers(later, all_[i]); });
    if (!covered) kept.push_back(all_[i]);
  }
  all_ = std::move(kept);
}

/// One soft purge of everything in the place of all soft ones: what was fetched before the last of them is asked for
/// once more.
void PurgeList::fold_soft() {
  std::uint64_t last_soft = 0;
  for (const PurgeRecord& purge : all_) {
    if (!purge.hard) last_soft = purge.number;
  }
  if (last_soft == 0) return;
  std::erase_if(all_, [](const PurgeRecord& purge) { return !purge.hard; });
  PurgeRecord all{.number = last_soft, .what = Purge::What::kEverything};
  all_.insert(std::ranges::upper_bound(all_, last_soft, {}, &PurgeRecord::number), std::move(all));
}

PurgeVerdict PurgeList::judge(const origin::Target& target, std::string_view rule, std::uint64_t after) const {
  PurgeVerdict verdict;
  for (auto purge = std::ranges::upper_bound(all_, after, {}, &PurgeRecord::number); purge != all_.end(); ++purge) {
    if (!matches(*purge, target, rule)) continue;
    (purge->hard ? verdict.hard : verdict.soft) = purge->number;
  }
  return verdict;
}

std::uint64_t PurgeList::last_hard() const {
  std::uint64_t last = 0;
  for (const PurgeRecord& purge : all_) {
    if (purge.hard) last = purge.number;
  }
  return last;
}

}  // namespace larder::cache
