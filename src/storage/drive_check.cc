#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "storage/drive_folder.h"
#include "storage/drive_id.h"
#include "storage/known_drives.h"
#include "storage/place.h"
#include "storage/slice_store.h"

// Here an error kInvalid is a mistake in the configuration; with any other one the drive cannot be used now. kRefused
// is a mistake too, but for a node that has begun a drive: it may be what lies below a file system that is not mounted.
namespace larder::storage {
namespace {

constexpr std::string_view kWanted = "an empty folder of its own, such as \"/srv/larder/1\"";

// What may lie in the folder of a drive; mkfs makes lost+found.
bool belongs_in_drive(std::string_view name) {
  return name.starts_with(DriveFolder::kOwnPrefix) || name == DriveFolder::kLockFile ||
         name == DriveFolder::kSegmentsFolder || name == "lost+found";
}

// Look: what a configured drive is now.
struct Look {
  std::string folder;  // as the system sees it
  bool is_there = false;
  std::optional<DriveId> id;  // nullopt: it is to be begun
  std::uint64_t ours = 0;     // bytes of its segments: room that is ours
  Disk::Room room;
};

std::filesystem::path lexical_of(const std::string& path) {
  std::filesystem::path lexical = std::filesystem::path(path).lexically_normal();
  return lexical.has_filename() ? lexical : lexical.parent_path();
}

// The folder as the system sees it, also when its last component is not made yet.
Result<std::string> resolve(const std::string& path, Disk& disk) {
  if (path.empty()) return fail(Errc::kInvalid, "the path is empty; it must be the absolute path of {}", kWanted);
  if (!path.starts_with('/')) {
    return fail(Errc::kInvalid, "the path is relative; it must be the absolute path of {}", kWanted);
  }
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; })) {
    return fail(Errc::kInvalid, "the path has control characters; give {}", kWanted);
  }
  const std::filesystem::path lexical = lexical_of(path);
  TRY(const Disk::Kind kind, disk.kind(lexical));
  std::string resolved;
  if (kind == Disk::Kind::kNothing) {
    const auto parent = disk.canonical(lexical.parent_path());
    if (!parent) {
      return fail(Errc::kUnavailable, "neither it nor the folder above it is there; mount its file system, or make {}",
                  lexical.parent_path().string());
    }
    resolved = (std::filesystem::path(*parent) / lexical.filename()).string();
  } else {
    TRY(resolved, disk.canonical(lexical));
  }
  if (resolved == "/") {
    return fail(Errc::kInvalid, "the root folder cannot be a drive; give {}", kWanted);
  }
  return resolved;
}

/// `existing`: the folder itself, or the one above if it is not there.
Result<> check_writable(const std::string& existing, bool is_there, Disk& disk) {
  auto writable = disk.check_writable(existing);
  if (writable) return {};
  const auto& [code, text] = writable.error();
  const Errc now = code == Errc::kRefused ? Errc::kUnavailable : code;
  if (is_there) return fail(now, "{}; the user that the node runs as has to be able to make files there", text);
  return fail(now, "it is not there; mount its file system, or make it, for the user that the node runs as: {}", text);
}

Result<> check_contents(Look& look, Disk& disk) {
  TRY(const auto names, disk.list(look.folder));
  bool is_drive = false;
  bool has_segments = false;
  for (const std::string& name : names) {
    is_drive |= name == DriveFolder::kIdentityFile;
    has_segments |= name == DriveFolder::kSegmentsFolder;
  }
  const auto foreign = std::ranges::find_if_not(names, belongs_in_drive);
  if (!is_drive && foreign != names.end()) {
    return fail(Errc::kRefused, "it holds \"{}\", which is not Larder's; give {}", *foreign, kWanted);
  }
  if (!is_drive && has_segments) {
    return fail(Errc::kCorrupt,
                "it holds \"{}\" but no \"{}\" file; to begin it anew, empty it and then: larder-node drive begin {}",
                DriveFolder::kSegmentsFolder, DriveFolder::kIdentityFile, look.folder);
  }
  if (is_drive) {
    TRY(look.id, read_drive_id(disk, look.folder));
  }
  if (!has_segments) return {};
  const std::string segments = fmt::format("{}/{}", look.folder, DriveFolder::kSegmentsFolder);
  TRY(const auto files, disk.list(segments));
  for (const std::string& name : files) {
    if (!parse_segment_name(name)) continue;
    if (auto size = disk.file_size(fmt::format("{}/{}", segments, name))) look.ours += *size;
  }
  return {};
}

Result<Look> look_at(const std::string& path, Disk& disk) {
  Look look;
  TRY(look.folder, resolve(path, disk));
  TRY(const Disk::Kind kind, disk.kind(look.folder));
  if (kind == Disk::Kind::kFile || kind == Disk::Kind::kOther) {
    return fail(Errc::kInvalid, "it is not a folder; give {}", kWanted);
  }
  look.is_there = kind == Disk::Kind::kFolder;
  const std::string existing = look.is_there ? look.folder : std::filesystem::path(look.folder).parent_path().string();
  TRY(const Disk::Kind existing_kind, disk.kind(existing));
  if (existing_kind != Disk::Kind::kFolder) {
    return fail(Errc::kInvalid, "{} is not a folder", existing);
  }
  TRY_VOID(check_writable(existing, look.is_there, disk));
  if (look.is_there) {
    TRY_VOID(check_contents(look, disk));
  }
  TRY(look.room, disk.room(existing));
  return look;
}

bool is_inside(std::string_view inner, std::string_view outer) {
  return inner.size() > outer.size() && inner.starts_with(outer) && inner[outer.size()] == '/';
}

std::string name_of(const std::string& folder) { return std::filesystem::path(folder).filename().string(); }

/// By whatever paths: a file system may be mounted at several places.
bool are_same(const Look& a, const Look& b) {
  if (a.room.file_system != b.room.file_system || a.room.folder != b.room.folder || a.is_there != b.is_there)
    return false;
  return a.is_there || name_of(a.folder) == name_of(b.folder);  // else it is the folder above
}

/// What is wrong with having both, by their paths alone; "": nothing.
std::string clash_of(const std::string& path, const std::string& other, const std::string& other_path) {
  if (path == other) return fmt::format("it is the same folder as drive {}; every drive needs its own", other_path);
  if (!is_inside(path, other) && !is_inside(other, path)) return "";
  return fmt::format("it and drive {} lie one inside the other; put them side by side", other_path);
}

std::string clash_of(const Look& look, const std::string& other_path, const Look& other) {
  std::string by_path = clash_of(look.folder, other.folder, other_path);
  if (!by_path.empty()) return by_path;
  if (are_same(look, other)) return clash_of(look.folder, look.folder, other_path);
  // Nobody can say which of a drive and its copy has what is newer.
  if (look.id && look.id == other.id) {
    return fmt::format(
        "it and drive {} have the same id, one is a copy of the other; empty the copy's folder, and "
        "then: larder-node drive begin FOLDER",
        other_path);
  }
  return "";
}

// Check: of all drives, one after the other, and then together.
class Check {
 public:
  Check(const std::vector<DriveConfig>& configs, Disk& disk, const std::string& state)
      : configs_(configs),
        disk_(disk),
        known_(KnownDrives::read(disk, state)),
        can_note_(state.empty() ? Result<>() : KnownDrives::check(disk, state)) {}

  std::vector<DriveProblem> run() && {
    if (configs_.size() > Place::kMaxDrives) {
      note(Place::kMaxDrives, Kind::kMistake, "path",
           fmt::format("{} drives are more than a node can have; the limit is {}", configs_.size(), Place::kMaxDrives));
      return std::move(problems_);
    }
    std::vector<std::string> paths;
    for (const DriveConfig& config : configs_) paths.push_back(config.path);
    answers_ = disk_.which_answer(paths);
    for (std::size_t drive = 0; drive < configs_.size(); ++drive) look(drive);
    const bool any_here = std::ranges::any_of(looks_, [](const auto& look) { return look && look->id; });
    refused_ = any_here || any_known() ? Kind::kOut : Kind::kMistake;
    for (auto& [drive, text] : refusals_) note(drive, refused_, "path", std::move(text));
    for (std::size_t drive = 0; drive < configs_.size(); ++drive) look_for_room(drive);
    std::ranges::sort(problems_, {}, [](const DriveProblem& each) { return std::pair(each.drive, each.key); });
    return std::move(problems_);
  }

 private:
  using Kind = DriveProblem::Kind;

  void note(std::size_t drive, Kind kind, std::string key, std::string text) {
    problems_.push_back({drive, kind, std::move(key), std::move(text)});
  }

  bool any_known() const {
    return !known_ ||
           std::ranges::any_of(configs_, [&](const auto& config) { return known_->find(config.path).has_value(); });
  }

  std::string on_purpose(const std::string& path) const {
    return fmt::format("to begin a new drive there, empty it and then: larder-node drive begin {}", path);
  }

  /// Why the folder, in which no drive is, is not begun as one; "": it may be.
  std::string not_to_be_begun(const std::string& path) const {
    if (!known_) {
      return fmt::format("it is not known whether this was a drive: {}; {}", known_.error().text, on_purpose(path));
    }
    if (const auto id = known_->find(path)) {
      return fmt::format(
          "it was a drive of this node, and is none now; mount its file system, that of drive {}; or, {}",
          to_string(*id), on_purpose(path));
    }
    if (can_note_) return "";
    return fmt::format("it is not begun as a drive, as that cannot be noted: {}", can_note_.error().text);
  }

  /// Of a drive that is there.
  void compare(std::size_t drive, const DriveId& id) {
    const auto before = known_ ? known_->find(configs_[drive].path) : std::nullopt;
    if (!before || *before == id) return;
    note(drive, Kind::kOther, "path",
         fmt::format("drive {} is here, and drive {} was; is the right file system mounted?", to_string(id),
                     to_string(*before)));
  }

  void look(std::size_t drive) {
    const DriveConfig& config = configs_[drive];
    looks_.emplace_back();
    if (config.size < kMinDriveSize) {
      note(drive, Kind::kMistake, "size",
           fmt::format("size {} is too small; a drive needs at least {}", size_to_string(config.size),
                       size_to_string(kMinDriveSize)));
    }
    if (!answers_[drive]) {
      return note(drive, Kind::kOut, "path",
                  "its disk does not answer: it hangs, or the server of its file system is gone; dmesg may say why");
    }
    auto look = look_at(config.path, disk_);
    for (std::size_t other = 0; other < drive; ++other) {
      const std::string& path = configs_[other].path;
      std::string clash = config.path.empty() ? "" : clash_of(lexical_of(config.path), lexical_of(path), path);
      if (clash.empty() && look && looks_[other]) clash = clash_of(*look, path, *looks_[other]);
      if (!clash.empty()) return note(drive, Kind::kMistake, "path", std::move(clash));
    }
    if (!look && look.error().code == Errc::kRefused) {
      std::string reason = known_ && known_->find(config.path) ? not_to_be_begun(config.path) : "";
      if (!reason.empty()) return note(drive, Kind::kOut, "path", std::move(reason));
      refusals_.emplace_back(drive, look.error().text);
      return;
    }
    if (!look) {
      const bool is_mistake = look.error().code == Errc::kInvalid;
      return note(drive, is_mistake ? Kind::kMistake : Kind::kOut, "path", look.error().text);
    }
    if (!look->id) {
      std::string reason = not_to_be_begun(config.path);
      if (!reason.empty()) return note(drive, Kind::kOut, "path", std::move(reason));
    } else {
      compare(drive, *look->id);
    }
    looks_.back() = *std::move(look);
  }

  // A drive that was begun found room then, and what others have written since is no mistake of the configuration.
  void look_for_room(std::size_t drive) {
    if (!looks_[drive]) return;
    const Look& look = *looks_[drive];
    std::uint64_t asked = 0;
    std::uint64_t there = look.room.free;
    std::size_t drives = 0;
    bool any_new = false;
    for (std::size_t other = 0; other < configs_.size(); ++other) {
      if (!looks_[other] || looks_[other]->room.file_system != look.room.file_system) continue;
      asked += std::min(configs_[other].size, SIZE_MAX - asked);
      there += looks_[other]->ours;
      any_new |= !looks_[other]->id;
      ++drives;
    }
    if (asked <= there || (look.id && any_new)) return;
    const std::string who = drives == 1 ? "" : fmt::format("the {} drives on its file system together: ", drives);
    const std::string what = fmt::format("{}{} are asked for, {} are {}", who, size_to_string(asked),
                                         size_to_string(there), any_new ? "free" : "free or its own");
    if (!look.id) return note(drive, refused_, "size", what + "; give a smaller size or make room");
    // Files take more than their bytes: so much may be missing of what was enough at first.
    constexpr std::uint64_t kUsual = 32;
    if (asked - there <= asked / kUsual) return;
    note(drive, Kind::kRoom, "size", what + "; it holds less until there is room");
  }

  const std::vector<DriveConfig>& configs_;
  Disk& disk_;
  const Result<KnownDrives> known_;
  const Result<> can_note_;
  std::vector<bool> answers_;
  std::vector<std::optional<Look>> looks_;
  std::vector<DriveProblem> problems_;
  std::vector<std::pair<std::size_t, std::string>> refusals_;  // drives, and why: mistakes if nothing was begun
  Kind refused_ = Kind::kMistake;                              // what they are
};

}  // namespace

std::vector<DriveProblem> check_drives(const std::vector<DriveConfig>& configs, Disk& disk, const std::string& state) {
  return Check(configs, disk, state).run();
}

Result<DriveId> begin_drive(const std::string& path, Disk& disk) {
  TRY(const Look look, look_at(path, disk));
  if (!look.is_there)
    return fail(Errc::kNotFound, "there is no such folder; make it, for the user that the node runs as");
  if (look.id) return fail(Errc::kConflict, "it is a drive already, with the id {}", to_string(*look.id));
  TRY(const DriveFolder folder, DriveFolder::open(disk, look.folder));
  return folder.id();
}

}  // namespace larder::storage
