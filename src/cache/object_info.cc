#include "cache/object_info.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "cache/versions.h"

namespace larder::cache {
namespace {

constexpr std::uint32_t kFormat = 5;
constexpr std::uint32_t kWithoutPurges = 4;      // the same but for the rule and what it was made and confirmed after
constexpr std::uint32_t kWithoutStrongDate = 3;  // and for kStrongDate
constexpr std::uint32_t kWithoutVersions = 2;    // and for `checked`, kSingle and kReplaced

// Flags.
constexpr std::uint64_t kRanges = 1;
// 2 was used once, and is never set.
constexpr std::uint64_t kSingle = 4;
constexpr std::uint64_t kReplaced = 8;
constexpr std::uint64_t kStrongDate = 16;

constexpr std::size_t kTextLimit = 64 << 10;

// InfoWriter and InfoReader of little-endian numbers and length-prefixed texts. The reader turns bad rather than past
// the end, and stays bad.
class InfoWriter {
 public:
  explicit InfoWriter(std::size_t size) { out_.reserve(size); }

  void number(std::uint64_t value, std::size_t bytes) {
    std::array<std::byte, 8> digits{};
    for (std::size_t i = 0; i < bytes; ++i) digits[i] = static_cast<std::byte>(value >> (8 * i));
    out_.insert(out_.end(), digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(bytes));
  }
  void time(WallTime value) { number(static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(value)), 8); }
  void text(std::string_view value) {
    number(value.size(), 4);
    const auto* bytes = reinterpret_cast<const std::byte*>(value.data());
    out_.insert(out_.end(), bytes, bytes + value.size());
  }
  std::vector<std::byte> take() { return std::move(out_); }

 private:
  std::vector<std::byte> out_;
};

class InfoReader {
 public:
  explicit InfoReader(std::span<const std::byte> bytes) : left_(bytes) {}

  std::uint64_t number(std::size_t bytes) {
    if (left_.size() < bytes) return fail();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value |= std::to_integer<std::uint64_t>(left_[i]) << (8 * i);
    left_ = left_.subspan(bytes);
    return value;
  }
  /// Kept within what a time point can hold, whatever the bytes say.
  WallTime time() {
    const auto since_1970 = static_cast<std::int64_t>(std::min<std::uint64_t>(number(8), 1ULL << 33));
    return std::chrono::system_clock::from_time_t(since_1970);
  }
  std::string text() {
    const std::uint64_t size = number(4);
    if (size > kTextLimit || size > left_.size()) {
      fail();
      return {};
    }
    std::string value(reinterpret_cast<const char*>(left_.data()), size);
    left_ = left_.subspan(size);
    return value;
  }
  bool bad() const { return bad_; }
  bool at_end() const { return left_.empty(); }

 private:
  std::uint64_t fail() {
    bad_ = true;
    left_ = {};
    return 0;
  }

  std::span<const std::byte> left_;
  bool bad_ = false;
};

}  // namespace

std::vector<std::byte> serialize(const ObjectInfo& info) {
  constexpr std::size_t kNumbers = 128;  // more than all of them but those of the fields
  std::size_t size = kNumbers + info.url.size() + info.rule.size() + info.etag.size() + info.last_modified.size();
  for (const auto& [name, value] : info.fields) size += 8 + name.size() + value.size();
  InfoWriter writer(size);
  writer.number(kFormat, 4);
  writer.number(info.id[0], 8);
  writer.number(info.id[1], 8);
  writer.number(info.total, 8);
  writer.time(info.fresh_until);
  writer.time(info.born);
  writer.time(info.checked);
  writer.number((info.ranges ? kRanges : 0) | (info.single ? kSingle : 0) | (info.replaced ? kReplaced : 0) |
                    (info.strong_date ? kStrongDate : 0),
                4);
  writer.text(info.url);
  writer.text(info.etag);
  writer.text(info.last_modified);
  writer.number(info.fields.size(), 4);
  for (const auto& [name, value] : info.fields) {
    writer.text(name);
    writer.text(value);
  }
  writer.number(info.made_after, 8);
  writer.number(info.confirmed_after, 8);
  writer.text(info.rule);
  return writer.take();
}

Result<ObjectInfo> parse_object_info(std::span<const std::byte> bytes) {
  InfoReader reader(bytes);
  const std::uint64_t format = reader.number(4);
  if (format < kWithoutVersions || format > kFormat) {
    return fail(Errc::kCorrupt, "an object description of format {}, not {}", format, kFormat);
  }
  ObjectInfo info;
  info.id[0] = reader.number(8);
  info.id[1] = reader.number(8);
  info.total = reader.number(8);
  info.fresh_until = reader.time();
  info.born = reader.time();
  info.checked = format == kWithoutVersions ? info.born : reader.time();
  const std::uint64_t flags = reader.number(4);
  info.ranges = (flags & kRanges) != 0;
  info.single = (flags & kSingle) != 0;
  info.replaced = (flags & kReplaced) != 0;
  info.strong_date = (flags & kStrongDate) != 0;
  info.url = reader.text();
  info.etag = reader.text();
  info.last_modified = reader.text();
  if (format <= kWithoutStrongDate) info.strong_date = is_strong_date(info.last_modified, info.born);
  const std::uint64_t fields = reader.number(4);
  for (std::uint64_t i = 0; i < fields && !reader.bad(); ++i) {
    std::string name = reader.text();
    std::string value = reader.text();
    info.fields.emplace_back(std::move(name), std::move(value));
  }
  if (format > kWithoutPurges) {
    info.made_after = reader.number(8);
    info.confirmed_after = reader.number(8);
    info.rule = reader.text();
  }
  if (reader.bad() || !reader.at_end()) return fail(Errc::kCorrupt, "an object description of wrong length");
  if (format == kWithoutVersions && !has_strong_validator(info)) {
    return fail(Errc::kCorrupt,
                "an object that an earlier version may have put together from two: it has no validator");
  }
  return info;
}

}  // namespace larder::cache
