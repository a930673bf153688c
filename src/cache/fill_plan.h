// FillPlan: what a fill asks its origin for, what it makes of the answer, and whether it tries again.
//
//   kLearning ──▶ kFilling ──▶ (the fill ends)
//      │             ▲
//      └──▶ kWhole ──┘
//
//   kLearning  nobody knows what the URL has, or whether the version at hand is still the origin's: the slices that are
//              wanted first are asked for, with the validators of what is at hand
//   kWhole     the same, and parts would not do: the origin's versions cannot be told apart, so that only all of it in
//              one response is an object
//   kFilling   the version is settled; what is missing of it is asked for
//
// A value without I/O: it is told what came, and answers. Claiming, publishing and receiving are the fill's.
//
// Threads    one.
// Source     RFC 9110 14 and 15.3.7, RFC 9111 3.4 and 4.3.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "cache/forward.h"
#include "cache/object_info.h"
#include "core/clock.h"
#include "core/deadline.h"
#include "core/result.h"
#include "http/range.h"
#include "origin/origin_response.h"

namespace larder::cache {

class FillPlan {
 public:
  enum class Stage { kLearning, kWhole, kFilling };

  static constexpr int kTries = 3;       // in a row without a byte
  static constexpr int kMostTries = 32;  // of one fill, however little each of them brings
  static constexpr std::uint64_t kTotalLimit = std::uint64_t{1} << 40;

  struct Times {
    SteadyTime began;
    SteadyTime::duration patience;  // without a byte of the object, all tries and their redirects together
  };

  /// The slices [first, first + count) of an unknown object; or of `known`, if it still is the origin's version.
  static FillPlan learn(std::uint32_t first, std::uint32_t count, std::shared_ptr<const ObjectInfo> known, Times times);
  /// More of `known`.
  static FillPlan fill(std::shared_ptr<const ObjectInfo> known, Times times);

  Stage stage() const { return stage_; }
  /// When the first byte of the answer has to be there.
  Deadline deadline() const { return Deadline(last_progress_ + patience_); }

  struct Ask {
    std::optional<http::ByteRange> range;  // nothing: all of it
    bool conditional = false;              // only if it is not `known`
  };
  /// `missing`: what is to be filled next. REQUIRES: it is not empty in kFilling; it does not count before.
  Ask ask(http::ByteRange missing) const;

  /// The bytes of the object that a response's body is.
  struct Extent {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // kUnknownTotal: until it ends
    bool told = true;       // false: the response does not say where it ends, and `known` does
  };
  /// `known` is still the origin's version; the response has no body.
  struct Unchanged {};
  /// The body is part of the version, and all further ones have to be of it.
  struct Body {
    Extent extent;
    bool known = false;  // of `known`; else of the version that the response describes
    bool everything = false;
  };
  /// It is no object, but what the origin has to say.
  struct NoObject {};
  /// The origin has another version than the one that is filled.
  struct Changed {};
  /// It is an object that is neither stored nor shared.
  struct Unkept {
    ForwardReason why;
  };
  using Reading = std::variant<Unchanged, Body, NoObject, Changed, Unkept, Error>;

  /// What is known beside the validators.
  struct Trust {
    bool never_changes = false;           // of `known`: the length alone is the version
    bool parts_will_do = true;            // of what is described: other responses can bring the rest of it
    std::optional<ForwardReason> unkept;  // of what is described
  };
  /// What the head of a response to `asked` means. `described`: the object in it. An Error of kUnavailable or kCorrupt
  /// is worth another try.
  Reading read(const origin::ResponseFacts& response, const Ask& asked, const ObjectInfo& described, Trust trust);
  /// The length that an object's description has to be made for, as far as the response tells.
  static std::uint64_t total_of(const origin::ResponseFacts& response);
  /// The version is settled: from now on it is filled.
  void settle(std::shared_ptr<const ObjectInfo> version);

  /// A body came that is no object (NoObject). Success: it is what clients are told. kUnavailable: the next try may
  /// bring the object, or else it is what they are told. kRefused: more of the version is refused to this request, and
  /// others may ask for themselves. `retry_after`: the origin says when it wants to be asked again.
  Result<> judge_answer(int status, bool retry_after);

  /// The statuses that say that an object is no more. Others say something of the request, or of the moment.
  static bool is_gone(int status);

  /// When another try is to be made after `error`; nothing: none is. `bytes_came`: of the object, since the last call.
  std::optional<SteadyTime> next_try(const Error& error, bool bytes_came, SteadyTime now);

  /// After an answer of 5xx, which a second request at once would only repeat; doubled each time.
  static constexpr auto kPause = std::chrono::milliseconds(200);

 private:
  FillPlan(Stage stage, std::shared_ptr<const ObjectInfo> known, Times times)
      : stage_(stage), known_(std::move(known)), patience_(times.patience), last_progress_(times.began) {}

  bool is_about_known(const origin::ResponseFacts& response) const;
  bool is_same(const ObjectInfo& described, bool never_changes) const;
  Result<> judge_not_satisfiable();
  Result<Extent> extent_of(const origin::ResponseFacts& response, const Ask& asked) const;
  Result<> ask_without_range(std::string why);

  Stage stage_;
  std::shared_ptr<const ObjectInfo> known_;  // null: nothing is at hand
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
  bool without_range_ = false;                // what the origin says to a range makes no sense
  std::uint64_t told_total_ = kUnknownTotal;  // by a 416
  std::uint64_t part_total_ = kUnknownTotal;  // by a part that was no use
  bool unconditional_ = false;                // what it says to a condition makes none
  bool answered_ = false;                     // the last try ended with an answer of 5xx
  const SteadyTime::duration patience_;
  int tries_ = 0;
  int all_tries_ = 0;
  SteadyTime last_progress_;
};

}  // namespace larder::cache
