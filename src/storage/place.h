// Place: where a slice lies, in 50 bits, with its two marks: what the index keeps of it.
//
//   63       58 57                38 37                  16 15          14         13            0
//   drive (6)   slot of segment (20) payload offset/64 (22) requested   verified   more tag (14)
#pragma once

#include <cstdint>

namespace larder::storage {

class Place {
 public:
  static constexpr unsigned kMaxDrives = 64;
  static constexpr std::uint32_t kMaxSlots = 1 << 20;

  enum class Verified { kNo, kYes };

  Place() = default;
  Place(unsigned drive, std::uint32_t slot, std::uint32_t offset, Verified verified)
      : bits_(std::uint64_t{drive} << kDriveShift | std::uint64_t{slot} << kSlotShift |
              std::uint64_t{offset / kUnit} << kOffsetShift | (verified == Verified::kYes ? kVerifiedBit : 0)) {}
  explicit Place(std::uint64_t bits) : bits_(bits) {}

  unsigned drive() const { return static_cast<unsigned>(bits_ >> kDriveShift); }
  std::uint32_t slot() const { return static_cast<std::uint32_t>(bits_ >> kSlotShift) & (kMaxSlots - 1); }
  std::uint32_t offset() const { return (static_cast<std::uint32_t>(bits_ >> kOffsetShift) & 0x3F'FFFF) * kUnit; }
  bool requested() const { return (bits_ & kRequestedBit) != 0; }
  bool verified() const { return (bits_ & kVerifiedBit) != 0; }

  void mark_requested() { bits_ |= kRequestedBit; }
  void mark_verified() { bits_ |= kVerifiedBit; }
  void mark_unverified() { bits_ &= ~kVerifiedBit; }

  std::uint64_t bits() const { return bits_; }
  /// Equal but for the marks.
  bool same_place(const Place& other) const { return bits_ >> kOffsetShift == other.bits_ >> kOffsetShift; }
  bool same_segment(const Place& other) const { return bits_ >> kSlotShift == other.bits_ >> kSlotShift; }

  /// The low bits, which are not ours: the index keeps more of its tag there.
  static constexpr unsigned kSpareBits = 14;

 private:
  static constexpr unsigned kDriveShift = 58;
  static constexpr unsigned kSlotShift = 38;
  static constexpr unsigned kOffsetShift = 16;
  static constexpr std::uint32_t kUnit = 64;
  static constexpr std::uint64_t kRequestedBit = 1 << 15;
  static constexpr std::uint64_t kVerifiedBit = 1 << 14;

  std::uint64_t bits_ = 0;
};

}  // namespace larder::storage
