#include "cache/fill_plan.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cache/versions.h"
#include "http/etag.h"
#include "origin/origin_client.h"
#include "storage/slice_key.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

bool is_object(int status) { return status == 200 || status == 206; }

Error error_of(Errc code, std::string text) { return Error(code, std::move(text)); }

}  // namespace

bool FillPlan::is_gone(int status) { return status == 404 || status == 410; }

FillPlan FillPlan::learn(std::uint32_t first, std::uint32_t count, std::shared_ptr<const ObjectInfo> known,
                         Times times) {
  FillPlan plan(Stage::kLearning, std::move(known), times);
  plan.first_ = first;
  plan.count_ = count;
  return plan;
}

FillPlan FillPlan::fill(std::shared_ptr<const ObjectInfo> known, Times times) {
  return FillPlan(Stage::kFilling, std::move(known), times);
}

FillPlan::Ask FillPlan::ask(http::ByteRange missing) const {
  Ask ask;
  if (stage_ == Stage::kFilling) {
    if (!without_range_) ask.range = missing;
    return ask;
  }
  ask.conditional = known_ != nullptr && !unconditional_ && (!known_->etag.empty() || !known_->last_modified.empty());
  if (stage_ == Stage::kLearning && !without_range_) {
    ask.range = http::ByteRange{first_ * kSliceSize, (std::uint64_t{first_} + count_) * kSliceSize};
  }
  return ask;
}

std::uint64_t FillPlan::total_of(const origin::ResponseFacts& response) {
  if (response.status == 200) return response.body_length.value_or(kUnknownTotal);
  if (response.content_range && response.content_range->total) return *response.content_range->total;
  return kUnknownTotal;
}

Result<FillPlan::Extent> FillPlan::extent_of(const origin::ResponseFacts& response, const Ask& asked) const {
  const std::uint64_t total = total_of(response);
  if (response.status == 200) {
    return Extent{0, total, true};
  }
  const auto& range = response.content_range;
  if (!range || range->unsatisfied()) return fail(Errc::kCorrupt, "206 without a Content-Range that can be read");
  constexpr std::string_view kParts = "multipart/byteranges";
  if (http::equal_names(response.field("Content-Type").substr(0, kParts.size()), kParts)) {
    return fail(Errc::kCorrupt, "206 in several parts to a request for one");
  }
  if (!range->total) return fail(Errc::kCorrupt, "206 that does not tell the object's length");
  if (!asked.range) return fail(Errc::kCorrupt, "206 to a request without a range");
  if (range->range.begin != asked.range->begin || range->range.end > asked.range->end) {
    return fail(Errc::kCorrupt, "asked for bytes {}-{}, the origin sends {}-{}", asked.range->begin,
                asked.range->end - 1, range->range.begin, range->range.end - 1);
  }
  if (response.body_length && *response.body_length != range->range.size()) {
    return fail(Errc::kCorrupt, "Content-Range of {} bytes over a body of {}", range->range.size(),
                *response.body_length);
  }
  return Extent{range->range.begin, range->range.end, true};
}

FillPlan::Reading FillPlan::read(const origin::ResponseFacts& response, const Ask& asked, const ObjectInfo& described,
                                 Trust trust) {
  if (response.status == 304) {
    if (!asked.conditional) {
      return error_of(Errc::kCorrupt, "the origin answered 304 to a request without a condition");
    }
    if (trust.never_changes || is_about_known(response)) return Unchanged{};
    unconditional_ = true;
    return error_of(Errc::kCorrupt, "the origin answered 304 and named a version that was not asked about");
  }
  if (!is_object(response.status)) {
    if (response.status == 416) told_total_ = total_of(response);
    return NoObject{};
  }
  if (stage_ != Stage::kFilling && trust.unkept) return Unkept{*trust.unkept};
  // It was kept until now; who looks anew finds that it may not be.
  if (stage_ == Stage::kFilling && trust.unkept == ForwardReason::kForbidden) return Changed{};
  if (described.total != kUnknownTotal && described.total > kTotalLimit) {
    if (stage_ == Stage::kFilling) return Changed{};
    return Unkept{ForwardReason::kTooLong};
  }
  const auto extent = extent_of(response, asked);
  if (!extent) {
    part_total_ = total_of(response);
    return ask_without_range(extent.error().text).error();
  }
  const bool tells = extent->end != kUnknownTotal && part_total_ != kUnknownTotal;
  if (without_range_ && tells && extent->end != part_total_) {
    return error_of(Errc::kInvalid, "the origin tells two lengths of one object");
  }

  Body body;
  body.extent = *extent;
  body.everything = response.status == 200;
  body.known = known_ != nullptr && is_same(described, trust.never_changes);
  // A length that is not told again is the one that is known.
  if (body.known && body.extent.end == kUnknownTotal) body.extent = {body.extent.begin, known_->total, false};
  if (stage_ == Stage::kFilling) {
    if (!body.known) return Changed{};
    return body;
  }
  const bool whole = body.everything || (extent->begin == 0 && extent->end == described.total);
  if (!body.known && !trust.parts_will_do && !whole) {
    stage_ = Stage::kWhole;
    return error_of(Errc::kUnavailable, "a part of an object whose versions cannot be told apart");
  }
  return body;
}

// RFC 9111 4.3.4: a 304 with a strong validator that nothing stored has updates nothing.
bool FillPlan::is_about_known(const origin::ResponseFacts& response) const {
  const auto theirs = http::parse_etag(response.field("ETag"));
  const auto ours = http::parse_etag(known_->etag);
  if (theirs && ours) return http::weak_equal(*theirs, *ours);
  const std::string_view modified = response.field("Last-Modified");
  return modified.empty() || known_->last_modified.empty() || modified == known_->last_modified;
}

bool FillPlan::is_same(const ObjectInfo& described, bool never_changes) const {
  if (described.total != kUnknownTotal) return same_version(*known_, described, never_changes);
  // A length that is not told is not another one.
  ObjectInfo assumed = described;
  assumed.total = known_->total;
  return known_->total != kUnknownTotal && same_version(*known_, assumed, never_changes);
}

void FillPlan::settle(std::shared_ptr<const ObjectInfo> version) {
  known_ = std::move(version);
  stage_ = Stage::kFilling;
}

/// Answers to ranges that nobody can use, such as parts of parts, or of a length that is not told: whoever gives them
/// may still give all of it.
Result<> FillPlan::ask_without_range(std::string why) {
  if (std::exchange(without_range_, true)) return fail(Errc::kInvalid, "{}", why);
  return fail(Errc::kCorrupt, "{}", why);
}

Result<> FillPlan::judge_answer(int status, bool retry_after) {
  if (status == 416) return judge_not_satisfiable();
  const bool may_be_over_soon = status == 500 || status == 502 || status == 503 || status == 504;
  if (may_be_over_soon && !retry_after) {
    answered_ = true;
    return fail(Errc::kUnavailable, "the origin answered {}", status);
  }
  if (stage_ == Stage::kFilling) return fail(Errc::kRefused, "the origin answered {}", status);
  return {};
}

// It is never passed on: once the length is known, whether a range can be satisfied is ours to say.
Result<> FillPlan::judge_not_satisfiable() {
  // The version that is filled has these bytes; only another length says that it is the origin's no more.
  if (stage_ == Stage::kFilling) {
    const bool has_changed = told_total_ != kUnknownTotal && told_total_ != known_->total;
    if (has_changed) return fail(Errc::kConflict, "the object has {} bytes at its origin now", told_total_);
    if (without_range_) return fail(Errc::kRefused, "the origin answered 416 to a request that it can satisfy");
  }
  if (first_ > 0) {
    first_ = 0;
    count_ = 1;
    return fail(Errc::kUnavailable, "the origin answered 416: its first bytes tell the length");
  }
  return ask_without_range("the origin answered 416 to a request that it can satisfy");
}

std::optional<SteadyTime> FillPlan::next_try(const Error& error, bool bytes_came, SteadyTime now) {
  if (bytes_came) {
    tries_ = 0;
    last_progress_ = now;
  }
  const bool answered = std::exchange(answered_, false);
  if (!origin::is_worth_a_try(error.code) || ++tries_ >= kTries || ++all_tries_ >= kMostTries) return std::nullopt;
  const SteadyTime next = answered ? now + kPause * (1 << (tries_ - 1)) : now;
  if (deadline().passed(next)) return std::nullopt;
  if (stage_ != Stage::kFilling) return next;
  // What came of a version that cannot be told from others, or of unknown length, cannot be gone on with.
  const bool goes_on = (!known_->single || is_immutable(*known_)) && known_->total != kUnknownTotal;
  return goes_on ? std::optional(next) : std::nullopt;
}

}  // namespace larder::cache
