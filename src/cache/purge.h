// Purge: what an operator wants to be asked of its origin again, or never to be used again.
//
// Threads    values and pure functions.
// Source     docs/decisions/0021-purging.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "origin/rule_set.h"
#include "origin/target.h"

namespace larder::cache {

struct Purge {
  enum class What { kUrl, kPrefix, kRule, kEverything };

  What what = What::kUrl;
  /// kUrl: "dl.example.com/a.cab?v=1", as the origin has it, with or without "http://"; kPrefix: "dl.example.com" or
  /// "dl.example.com/a/b", which "dl.example.com/a/bc" begins with too; kRule: the name of a content rule; kEverything:
  /// "".
  std::string value;
  /// False: its origin is asked before it is used again; if that has the same version, its bytes are. True: no byte of
  /// it that was asked for before is used again, whatever the origin says of it.
  bool hard = false;
};

/// "url", "prefix", "rule", "everything".
std::string_view to_string(Purge::What what);

// PurgeRecord: a purge as it is remembered.
struct PurgeRecord {
  std::uint64_t number = 0;  // grows with each purge: its time in milliseconds since 1970, where clocks are right
  bool hard = false;
  Purge::What what = Purge::What::kUrl;
  std::string value;        // kUrl, kPrefix: host and path (and query, where that is part of the key)
  std::string shared_rule;  // kUrl, kPrefix: whose hosts hold the same under the same paths; "": no such rule

  friend bool operator==(const PurgeRecord&, const PurgeRecord&) = default;
};

// PurgeStamp: the numbers of the last purges in force when an origin was asked; 0: there was none.
struct PurgeStamp {
  std::uint64_t last = 0;
  std::uint64_t last_hard = 0;
};

/// Its record, without a number. Errors: kInvalid (the value is none of its kind), kNotFound (no such rule, or none for
/// that host).
Result<PurgeRecord> make_record(const Purge& purge, const origin::RuleSet& rules);

/// Whether what is asked for as `target` is purged by it. `rule`: the name of the rule under which it was asked for
/// when it was fetched; "" is not known.
bool matches(const PurgeRecord& purge, const origin::Target& target, std::string_view rule = "");

/// Whether everything that `earlier` does to what was fetched before it, `later` does too.
bool covers(const PurgeRecord& later, const PurgeRecord& earlier);

}  // namespace larder::cache
