#include "storage/epochs.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/checked_text.h"
#include "storage/drive_choice.h"
#include "storage/drive_id.h"
#include "storage/slice_index.h"

namespace larder::storage {
namespace {

using Word = Epochs::Word;

bool contains(const std::vector<DriveInUse>& drives, const DriveId& id) {
  return std::ranges::any_of(drives, [&](const DriveInUse& drive) { return drive.id == id; });
}

bool chooses(const std::vector<DriveInUse>& drives, const SliceIndex::Hash& key, const DriveId& id) {
  const DriveInUse* best = nullptr;
  double best_draw = 0;
  for (const DriveInUse& drive : drives) {
    const double draw = draw_for(key, choice_seed(drive.id), drive.size);
    if (best != nullptr && draw <= best_draw) continue;
    best = &drive;
    best_draw = draw;
  }
  return best != nullptr && best->id == id;
}

bool same_time(const Epoch& a, const Epoch& b) { return a.first_segment == b.first_segment && a.drives == b.drives; }

// Whether `early` was all there was to say when `late` was said later in the same store. Both may have lost their
// oldest epochs.
bool went_on_from(std::span<const Epoch> early, std::span<const Epoch> late) {
  // The epoch in which `early` was said is the first whose last start was not before.
  const auto at = std::ranges::lower_bound(late, early.back().number, {}, &Epoch::number);
  if (at == late.end() || !same_time(*at, early.back())) return false;
  const auto both = std::min(at - late.begin(), std::ssize(early) - 1);
  return std::equal(early.end() - 1 - both, early.end() - 1, at - both);
}

// The word that all others went on to; nothing if they are of different stores.
const Word* last_word(std::span<const Word> words) {
  const Word* last = nullptr;
  for (const Word& word : words) {
    if (word.kind != Word::Kind::kEpochs) continue;
    if (last == nullptr || word.epochs.back().number > last->epochs.back().number) last = &word;
  }
  if (last == nullptr) return nullptr;
  const bool one_store = std::ranges::all_of(words, [&](const Word& word) {
    return word.kind != Word::Kind::kEpochs || went_on_from(word.epochs, last->epochs);
  });
  return one_store ? last : nullptr;
}

std::uint64_t highest_number(std::span<const Word> words) {
  std::uint64_t highest = 0;
  for (const Word& word : words) {
    if (!word.epochs.empty()) highest = std::max(highest, word.epochs.back().number);
  }
  return highest;
}

std::vector<DriveInUse> drives_of(std::span<const Word> words) {
  std::vector<DriveInUse> drives;
  for (const Word& word : words) drives.push_back(word.drive);
  std::ranges::sort(drives, {}, &DriveInUse::id);
  return drives;
}

}  // namespace

Epochs Epochs::at_start(std::span<const Word> words, std::uint64_t next_segment) {
  std::vector<DriveInUse> now = drives_of(words);
  const bool nobody_said =
      std::ranges::all_of(words, [](const Word& word) { return word.kind == Word::Kind::kNothing; });
  // Written before there were epochs: one store, as far as anybody knows.
  if (nobody_said) return Epochs({{1, 0, std::move(now)}});
  const Word* last = last_word(words);
  // Drives that know nothing of each other: neither can be relied on.
  if (last == nullptr) return Epochs({{highest_number(words) + 1, next_segment, std::move(now)}});

  Epochs epochs(last->epochs);
  next_segment = std::max(next_segment, epochs.first_segment());
  const std::uint64_t number = epochs.all_.back().number;
  // Who knows less than the last word was away when it was said, or has gone back to what it was (a restored copy).
  std::vector<DriveInUse> stayed = epochs.all_.back().drives;
  for (const Word& word : words) {
    if (word.kind == Word::Kind::kEpochs && word.epochs.back().number == number) continue;
    std::erase_if(stayed, [&](const DriveInUse& drive) { return drive.id == word.drive.id; });
  }
  if (stayed != epochs.all_.back().drives) epochs.append(next_segment, std::move(stayed));
  if (now == epochs.all_.back().drives) {
    ++epochs.all_.back().number;
  } else {
    epochs.append(next_segment, std::move(now));
  }
  return epochs;
}

void Epochs::leave(const DriveId& drive, std::uint64_t next_segment) {
  if (all_.empty() || !contains(all_.back().drives, drive)) return;
  std::vector<DriveInUse> others = all_.back().drives;
  std::erase_if(others, [&](const DriveInUse& other) { return other.id == drive; });
  append(next_segment, std::move(others));
}

void Epochs::append(std::uint64_t first_segment, std::vector<DriveInUse> drives) {
  all_.push_back({all_.back().number + 1, first_segment, std::move(drives)});
  if (all_.size() > kMost) all_.erase(all_.begin());
}

std::optional<std::size_t> Epochs::epoch_of(const SegmentIdentity& segment) const {
  for (std::size_t i = all_.size(); i-- > 0;) {
    if (all_[i].first_segment <= segment.segment && contains(all_[i].drives, segment.drive)) return i;
  }
  return std::nullopt;
}

bool Epochs::relies_on(const SliceKey& key, const SegmentIdentity& where) const {
  const auto since = epoch_of(where);
  if (!since) return false;
  const SliceIndex::Hash hash = SliceIndex::hash(key);
  return std::ranges::all_of(all_.begin() + static_cast<std::ptrdiff_t>(*since), all_.end(),
                             [&](const Epoch& epoch) { return chooses(epoch.drives, hash, where.drive); });
}

bool Epochs::later(const SegmentIdentity& a, const SegmentIdentity& b) const {
  const auto of_a = epoch_of(a);
  const auto of_b = epoch_of(b);
  if (of_a != of_b) return of_a > of_b;  // nothing is less than any
  return a.segment > b.segment;
}

namespace {

constexpr std::string_view kEpochsFirstLine = "larder epochs, format 1\n";
bool take_id(Lines& lines, DriveId& id) {
  const auto digits = lines.take_next(2 * id.size());
  const auto parsed = digits ? parse_drive_id(*digits) : std::nullopt;
  if (parsed) id = *parsed;
  return parsed.has_value();
}

bool take_drives(Lines& lines, Epoch& epoch) {
  while (lines.skip("drive ")) {
    DriveInUse drive;
    if (!take_id(lines, drive.id) || !lines.skip(" ") || !lines.take(drive.size) || !lines.skip("\n")) return false;
    epoch.drives.push_back(drive);
  }
  return std::ranges::is_sorted(epoch.drives, {}, &DriveInUse::id);
}

bool take_epochs(Lines& lines, std::vector<Epoch>& epochs) {
  while (!lines.at_end()) {
    Epoch epoch;
    if (!lines.skip("epoch ") || !lines.take(epoch.number) || !lines.skip(" from ")) return false;
    if (!lines.take(epoch.first_segment, 16) || !lines.skip("\n") || !take_drives(lines, epoch)) return false;
    const bool goes_on =
        epochs.empty() || (epoch.number > epochs.back().number && epoch.first_segment >= epochs.back().first_segment);
    if (!goes_on) return false;
    epochs.push_back(std::move(epoch));
  }
  return !epochs.empty() && epochs.size() <= Epochs::kMost;
}

}  // namespace

std::string serialize(std::span<const Epoch> epochs) {
  std::string text(kEpochsFirstLine);
  for (const Epoch& epoch : epochs) {
    fmt::format_to(std::back_inserter(text), "epoch {} from {:016x}\n", epoch.number, epoch.first_segment);
    for (const DriveInUse& drive : epoch.drives) {
      fmt::format_to(std::back_inserter(text), "drive {} {}\n", to_string(drive.id), drive.size);
    }
  }
  return with_checksum(std::move(text));
}

Result<std::vector<Epoch>> parse_epochs(std::string_view text) {
  TRY(const std::string_view checked, checked_lines(text, kEpochsFirstLine, "it has no epochs"));
  Lines lines(checked);
  std::vector<Epoch> epochs;
  if (!take_epochs(lines, epochs)) return fail(Errc::kCorrupt, "its lines are not those of this format");
  return epochs;
}

}  // namespace larder::storage
