// What a store keeps of its purges: with each drive, and beside them (slice_store.h).
#include <utility>

#include "storage/drive.h"
#include "storage/drive_folder.h"
#include "storage/slice_store.h"
#include "storage/small_file.h"

namespace larder::storage {
namespace {

SliceStore::KeptPurges kept_at(std::string place, bool is_drive, Result<std::optional<std::string>> read) {
  SliceStore::KeptPurges kept;
  kept.place = std::move(place);
  kept.is_drive = is_drive;
  if (read) {
    kept.text = *std::move(read);
  } else {
    kept.damage = read.error().text;
  }
  return kept;
}

std::string in_state(const std::string& folder) { return fmt::format("{}/{}", folder, DriveFolder::kPurgesFile); }

}  // namespace

void SliceStore::recall_purges() {
  for (const auto& drive : drives_) {
    if (auto read = drive->kept_purges()) kept_purges_.push_back(kept_at(drive->config().path, true, *std::move(read)));
  }
  if (state_.empty()) return;
  kept_purges_.push_back(kept_at(state_, false, read_small_file(disk_, in_state(state_), DriveFolder::kTextLimit)));
}

// A drive that is away, or fails and is back with the next start, knows nothing of what was purged meanwhile.
Result<> SliceStore::note_purges_beside(const std::string& text) {
  if (state_.empty()) return {};
  const auto kind = disk_.kind(state_);
  Result<> written;
  if (kind && *kind == Disk::Kind::kNothing) written = disk_.make_folder(state_);
  if (written) written = replace_file(disk_, state_, DriveFolder::kPurgesFile, text);
  if (written) return written;
  log_.write(Level::kWarning, "what was purged cannot be kept beside the drives",
             [&](JsonLine& line) { line.add("path", in_state(state_)).add("reason", written.error().text); });
  return written;
}

void SliceStore::note_purges(std::string text) {
  static_cast<void>(note_purges_beside(text));
  purges_.set(std::move(text));
  for (const auto& drive : drives_) drive->wake();
}

std::string SliceStore::keep_purges(std::string text, SteadyTime::duration patience) {
  const auto until = clock_.now() + patience;
  const auto beside = note_purges_beside(text);
  bool kept_anywhere = beside && !state_.empty();
  const std::uint64_t version = purges_.set(std::move(text));
  for (const auto& drive : drives_) drive->wake();
  std::string trouble = beside ? "" : fmt::format("{}: {}", state_, beside.error().text);
  for (const auto& drive : drives_) {
    const auto kept = drive->wait_for_purges(version, until);
    kept_anywhere |= kept.has_value();
    if (kept || drive->failed()) continue;
    trouble += fmt::format("{}drive {}: {}", trouble.empty() ? "" : "; ", drive->config().path, kept.error().text);
  }
  if (trouble.empty() && !kept_anywhere && !drives_.empty()) return "no drive is in use that would keep it";
  return trouble;
}

}  // namespace larder::storage
