// PurgeList: the purges that a node remembers, and their form on disk.
//
// A purge is remembered for as long as something may come back that it concerns, and no drive tells when that is over:
// a drive may have been away for a year. So only a purge that does the same and more takes another's place, and the
// list has a bound: soft ones are put together into one of everything then, hard ones are refused.
//
// Threads    a value.
// Source     docs/decisions/0021-purging.md; docs/formats/purges.md has the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/purge.h"
#include "core/result.h"

namespace larder::cache {

// PurgeVerdict: the numbers of the last purges of something; 0: there is none.
struct PurgeVerdict {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

class PurgeList {
 public:
  static constexpr std::size_t kMost = 1000;
  /// Bytes of serialize().
  static constexpr std::size_t kMostText = 256 << 10;

  /// Errors: kCorrupt, saying what is wrong.
  static Result<PurgeList> parse(std::string_view text);
  std::string serialize() const;

  /// Adds one that is in force from now on. REQUIRES: its number is above last(). Errors: kNoSpace, saying what would
  /// do.
  Result<> add(PurgeRecord purge);
  /// All purges of both. Where that is more than the bound, everything is purged instead.
  void merge(const PurgeList& other);

  /// What those after number `after` say of `target`; `rule` as in matches().
  PurgeVerdict judge(const origin::Target& target, std::string_view rule, std::uint64_t after) const;

  /// The number of the last one; 0: there is none.
  std::uint64_t last() const { return all_.empty() ? 0 : all_.back().number; }
  std::uint64_t last_hard() const;
  std::span<const PurgeRecord> all() const { return all_; }

  friend bool operator==(const PurgeList&, const PurgeList&) = default;

 private:
  bool is_over_bound() const;
  void drop_covered();
  void fold_soft();

  std::vector<PurgeRecord> all_;  // in the order of their numbers
};

}  // namespace larder::cache
