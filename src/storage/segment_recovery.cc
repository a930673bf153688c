#include "storage/segment_recovery.h"

#include <utility>

#include "storage/segment_reader.h"
#include "storage/segment_writer.h"

namespace larder::storage {
namespace {

using State = RecoveredSegment::State;

RecoveredSegment leave_unreadable(Disk& disk, Log& log, const std::string& path, const Error& error) {
  log.write(Level::kWarning, "segment unreadable, its slices are dropped",
            [&](JsonLine& line) { line.add("path", path).add("reason", error.text); });
  RecoveredSegment left;
  left.state = State::kUnreadable;
  if (auto size = disk.file_size(path)) left.size = *size;
  return left;
}

RecoveredSegment leave_foreign(Log& log, const std::string& path, const Error& error) {
  log.write(Level::kWarning, "segment is not this drive's, left alone",
            [&](JsonLine& line) { line.add("path", path).add("reason", error.text); });
  RecoveredSegment left;
  left.state = State::kForeign;
  return left;
}

RecoveredSegment remove_unusable(Disk& disk, Log& log, const std::string& path, const std::string& reason) {
  log.write(Level::kWarning, "segment removed, nothing in it is usable",
            [&](JsonLine& line) { line.add("path", path).add("reason", reason); });
  if (auto removed = disk.remove(path); !removed) return leave_unreadable(disk, log, path, removed.error());
  return {};
}

void log_damage(Log& log, const std::string& path, const SegmentContents& contents) {
  const bool harmless = contents.sealed || (contents.damage.empty() && contents.lost_bytes == 0);
  if (harmless && contents.damage.empty()) return;
  log.write(Level::kWarning, "segment damaged, its readable slices are kept", [&](JsonLine& line) {
    line.add("path", path).add("reason", contents.damage.empty() ? "it has no footer" : contents.damage);
    line.add("kept_slices", contents.entries.size()).add("lost_bytes", contents.lost_bytes);
    if (contents.lost_slices > 0) line.add("lost_slices", contents.lost_slices);
  });
}

// Gives an open segment of a crash its table. Without one it stays usable, and is walked again next time.
std::uint64_t seal(Disk& disk, Log& log, const std::string& path, const std::shared_ptr<Segment>& segment,
                   const SegmentContents& contents) {
  const auto attempt = [&]() -> Result<std::uint64_t> {
    TRY(SegmentWriter writer, SegmentWriter::resume(disk, segment, contents.entries, contents.records_end));
    TRY_VOID(writer.seal());
    return writer.size();
  };
  const auto size = attempt();
  if (size) return *size;
  log.write(Level::kWarning, "segment cannot be sealed",
            [&](JsonLine& line) { line.add("path", path).add("reason", size.error().text); });
  return contents.records_end;
}

}  // namespace

RecoveredSegment recover_segment(Disk& disk, Log& log, const std::string& path, unsigned drive,
                                 const SegmentIdentity& identity) {
  auto descriptor = disk.open(path, Disk::Open::kReadWrite);
  if (!descriptor) return leave_unreadable(disk, log, path, descriptor.error());
  auto contents = read_segment(disk, descriptor->number(), identity);
  if (!contents) {
    switch (contents.error().code) {
      case Errc::kRefused: return leave_foreign(log, path, contents.error());
      case Errc::kCorrupt: return remove_unusable(disk, log, path, contents.error().text);
      default: return leave_unreadable(disk, log, path, contents.error());
    }
  }
  log_damage(log, path, *contents);
  if (contents->entries.empty()) return remove_unusable(disk, log, path, "it holds no complete slice");

  RecoveredSegment recovered;
  recovered.state = State::kUsable;
  recovered.segment = std::make_shared<Segment>(drive, identity, *std::move(descriptor));
  recovered.size = contents->sealed ? contents->records_end + tail_size(contents->entries.size())
                                    : seal(disk, log, path, recovered.segment, *contents);
  recovered.entries = std::move(contents->entries);
  return recovered;
}

}  // namespace larder::storage
