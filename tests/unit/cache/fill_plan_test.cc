#include "cache/fill_plan.h"

#include <gtest/gtest.h>

#include "cache/versions.h"
#include "response_of.h"
#include "storage/slice_key.h"
#include "support/manual_clock.h"

namespace larder::cache {
namespace {

using std::chrono::seconds;
using storage::kSliceSize;
using Stage = FillPlan::Stage;

constexpr SteadyTime kStart{std::chrono::hours(1)};
constexpr SteadyTime::duration kPatience = seconds(16);
constexpr FillPlan::Times kTimes{kStart, kPatience};
constexpr http::ByteRange kNoRange{};

std::string range_head(std::uint64_t begin, std::uint64_t end, std::uint64_t total) {
  return fmt::format("HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {}-{}/{}", end - begin,
                     begin, end - 1, total);
}

ObjectInfo info(std::uint64_t total, std::string etag = "\"a\"") {
  ObjectInfo info;
  info.total = total;
  info.etag = std::move(etag);
  info.born = support::ManualClock::kStart;
  info.single = !has_strong_validator(info);
  return info;
}
std::shared_ptr<const ObjectInfo> known(std::uint64_t total, std::string etag = "\"a\"") {
  return std::make_shared<const ObjectInfo>(info(total, std::move(etag)));
}

FillPlan::Reading read(FillPlan& plan, const std::string& head, const ObjectInfo& described,
                       http::ByteRange missing = kNoRange, bool never_changes = false) {
  const ResponseOf response(head);
  const FillPlan::Trust trust{never_changes, !described.single || is_immutable(described)};
  return plan.read(response.facts(), plan.ask(missing), described, trust);
}
template <class T>
bool is(const FillPlan::Reading& reading) {
  return std::holds_alternative<T>(reading);
}
FillPlan::Body body_of(const FillPlan::Reading& reading) { return std::get<FillPlan::Body>(reading); }
Errc code_of(const FillPlan::Reading& reading) { return std::get<Error>(reading).code; }

// --- what is asked ---

TEST(FillPlan, AnUnknownObjectIsAskedForTheSlicesThatAreWanted) {
  const FillPlan plan = FillPlan::learn(3, 8, nullptr, kTimes);
  const FillPlan::Ask ask = plan.ask(kNoRange);
  EXPECT_EQ(ask.range, (http::ByteRange{3 * kSliceSize, 11 * kSliceSize}));
  EXPECT_FALSE(ask.conditional);
}

TEST(FillPlan, AVersionAtHandIsAskedAboutWithItsValidators) {
  EXPECT_TRUE(FillPlan::learn(0, 8, known(100), kTimes).ask(kNoRange).conditional);
  EXPECT_FALSE(FillPlan::learn(0, 8, known(100, ""), kTimes).ask(kNoRange).conditional) << "it has none";
}

TEST(FillPlan, OfASettledVersionOnlyWhatIsMissingIsAskedFor) {
  const FillPlan plan = FillPlan::fill(known(9 * kSliceSize), kTimes);
  EXPECT_EQ(plan.ask({5, 700}).range, (http::ByteRange{5, 700}));
  EXPECT_FALSE(plan.ask({5, 700}).conditional);
}

// --- what the answers mean ---

TEST(FillPlan, WhatMayNotBeKeptIsNotLearned) {
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  const ObjectInfo described = info(20 * kSliceSize);
  const ResponseOf response(range_head(0, 8 * kSliceSize, 20 * kSliceSize));
  const FillPlan::Trust trust{.unkept = ForwardReason::kForbidden};
  EXPECT_TRUE(is<FillPlan::Unkept>(plan.read(response.facts(), plan.ask(kNoRange), described, trust)));
  // Nor is more of it, from when its origin says so; that no drive is left is another matter.
  FillPlan filling = FillPlan::fill(known(20 * kSliceSize), kTimes);
  const FillPlan::Ask ask = filling.ask({0, 8 * kSliceSize});
  EXPECT_TRUE(is<FillPlan::Changed>(filling.read(response.facts(), ask, described, trust)));
  const FillPlan::Trust no_drive{.unkept = ForwardReason::kNoDrive};
  EXPECT_TRUE(is<FillPlan::Body>(filling.read(response.facts(), ask, described, no_drive)));
}

TEST(FillPlan, TheFirstAnswerTellsTheVersion) {
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  const auto reading = read(plan, range_head(0, 8 * kSliceSize, 20 * kSliceSize), info(20 * kSliceSize));
  const FillPlan::Body body = body_of(reading);
  EXPECT_EQ(body.extent.begin, 0u);
  EXPECT_EQ(body.extent.end, 8 * kSliceSize);
  EXPECT_FALSE(body.known);
  EXPECT_FALSE(body.everything);
}

TEST(FillPlan, AnswersThatContradictTheQuestionAreTriedAgain) {
  for (const std::string& head : {
           range_head(1, 8 * kSliceSize, 20 * kSliceSize),                                   // another begin
           range_head(0, 9 * kSliceSize, 20 * kSliceSize),                                   // beyond the end
           std::string("HTTP/1.1 206 OK\r\nContent-Length: 5"),                              // no range
           std::string("HTTP/1.1 206 OK\r\nContent-Length: 5\r\nContent-Range: bytes */9"),  // none of it
           std::string("HTTP/1.1 206 OK\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/*"),
           std::string("HTTP/1.1 206 OK\r\nContent-Length: 6\r\nContent-Range: bytes 0-4/9"),
           std::string("HTTP/1.1 304 Not Modified"),  // nobody asked whether it was
       }) {
    FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
    const ResponseOf response(head);
    const ObjectInfo described = info(FillPlan::total_of(response.facts()));
    const auto reading = plan.read(response.facts(), plan.ask(kNoRange), described, {});
    ASSERT_TRUE(is<Error>(reading)) << head;
    EXPECT_EQ(code_of(reading), Errc::kCorrupt) << head;
    EXPECT_EQ(plan.stage(), Stage::kLearning);
    if (response.facts().status != 206) continue;
    EXPECT_EQ(plan.ask(kNoRange).range, std::nullopt) << "all of it may come all the same: " << head;
    EXPECT_EQ(code_of(plan.read(response.facts(), plan.ask(kNoRange), described, {})), Errc::kInvalid);
  }
}

TEST(FillPlan, AnObjectThatIsTooLongIsNotKept) {
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  const auto reading = read(plan, "HTTP/1.1 200 OK\r\nContent-Length: 1125899906842625", info((1ULL << 50) + 1));
  EXPECT_EQ(std::get<FillPlan::Unkept>(reading).why, ForwardReason::kTooLong);
}

TEST(FillPlan, NotModifiedIsForWhoAsked) {
  FillPlan asking = FillPlan::learn(0, 8, known(100), kTimes);
  EXPECT_TRUE(is<FillPlan::Unchanged>(read(asking, "HTTP/1.1 304 Not Modified", info(100))));

  FillPlan filling = FillPlan::fill(known(100), kTimes);
  EXPECT_EQ(code_of(read(filling, "HTTP/1.1 304 Not Modified", info(100), {0, 100})), Errc::kCorrupt);
}

TEST(FillPlan, TheSameVersionAgainIsTheOneAtHand) {
  FillPlan plan = FillPlan::learn(0, 8, known(100), kTimes);
  EXPECT_TRUE(body_of(read(plan, "HTTP/1.1 200 OK\r\nContent-Length: 100", info(100))).known);
  EXPECT_FALSE(body_of(read(plan, "HTTP/1.1 200 OK\r\nContent-Length: 100", info(100, "\"b\""))).known);
}

TEST(FillPlan, AnotherVersionEndsAFill) {
  FillPlan plan = FillPlan::fill(known(9 * kSliceSize), kTimes);
  const std::string head = range_head(0, kSliceSize, 9 * kSliceSize);
  const http::ByteRange missing{0, kSliceSize};
  EXPECT_TRUE(is<FillPlan::Body>(read(plan, head, info(9 * kSliceSize), missing)));
  EXPECT_TRUE(is<FillPlan::Changed>(read(plan, head, info(9 * kSliceSize, "\"b\""), missing)));
  EXPECT_TRUE(is<FillPlan::Body>(read(plan, head, info(9 * kSliceSize, "\"b\""), missing, true)))
      << "content that never changes has one version for each length";
}

TEST(FillPlan, APartOfWhatCannotBeToldApartIsAskedForAsAWhole) {
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  const ObjectInfo described = info(20 * kSliceSize, "W/\"a\"");
  const auto reading = read(plan, range_head(0, 8 * kSliceSize, 20 * kSliceSize), described);
  EXPECT_EQ(code_of(reading), Errc::kUnavailable);
  EXPECT_EQ(plan.stage(), Stage::kWhole);
  EXPECT_TRUE(plan.next_try(std::get<Error>(reading), false, kStart));
  EXPECT_EQ(plan.ask(kNoRange).range, std::nullopt);
  EXPECT_TRUE(body_of(read(plan, "HTTP/1.1 200 OK\r\nContent-Length: 20971520", described)).everything);
}

TEST(FillPlan, APartThatIsAllOfItIsAWhole) {
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  const auto reading = read(plan, range_head(0, 100, 100), info(100, ""));
  EXPECT_TRUE(is<FillPlan::Body>(reading));
}

TEST(FillPlan, ALengthThatIsNotToldAgainIsTheOneThatIsKnown) {
  FillPlan plan = FillPlan::fill(known(300), kTimes);
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
  const auto reading = read(plan, chunked, info(kUnknownTotal), {0, 300});
  EXPECT_EQ(body_of(reading).extent.end, 300u);
  EXPECT_TRUE(is<FillPlan::Changed>(read(plan, chunked, info(kUnknownTotal, "\"b\""), {0, 300})));
}

TEST(FillPlan, ALengthThatIsNotToldWhenAVersionIsValidatedIsTheOneThatIsKnown) {
  FillPlan plan = FillPlan::learn(0, 8, known(300), kTimes);
  const auto reading = read(plan, "HTTP/1.1 200 OK\r\nConnection: close", info(kUnknownTotal));
  EXPECT_TRUE(body_of(reading).known);
  EXPECT_EQ(body_of(reading).extent.end, 300u);
}

TEST(FillPlan, ANotModifiedOfAnotherVersionIsNone) {
  FillPlan plan = FillPlan::learn(0, 8, known(100), kTimes);
  EXPECT_EQ(code_of(read(plan, "HTTP/1.1 304 Not Modified\r\nETag: \"b\"", info(100, "\"b\""))), Errc::kCorrupt);
  EXPECT_FALSE(plan.ask(kNoRange).conditional) << "asked without a condition it has to tell";
  FillPlan same = FillPlan::learn(0, 8, known(100), kTimes);
  EXPECT_TRUE(is<FillPlan::Unchanged>(read(same, "HTTP/1.1 304 Not Modified\r\nETag: W/\"a\"", info(100))));
  FillPlan never = FillPlan::learn(0, 8, known(100), kTimes);
  const std::string other = "HTTP/1.1 304 Not Modified\r\nETag: \"b\"";
  EXPECT_TRUE(is<FillPlan::Unchanged>(read(never, other, info(100, "\"b\""), kNoRange, true)));
}

TEST(FillPlan, PartsOfWhatAnOriginSaysNeverChangesCanBeUsed) {
  ObjectInfo described = info(20 * kSliceSize, "");
  described.fields = {{"Cache-Control", "max-age=60, immutable"}};
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  EXPECT_TRUE(is<FillPlan::Body>(read(plan, range_head(0, 8 * kSliceSize, 20 * kSliceSize), described)));
  plan.settle(std::make_shared<const ObjectInfo>(described));
  EXPECT_TRUE(plan.next_try(Error(Errc::kUnavailable, "reset"), true, kStart));
}

// --- answers that are no object ---

TEST(FillPlan, AnEmptyObjectIsAskedForWithoutARange) {
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  EXPECT_TRUE(is<FillPlan::NoObject>(read(plan, "HTTP/1.1 416 No\r\nContent-Length: 0", info(0))));
  EXPECT_EQ(plan.judge_answer(416, false).error().code, Errc::kCorrupt);
  EXPECT_EQ(plan.ask(kNoRange).range, std::nullopt);
  EXPECT_EQ(plan.judge_answer(416, false).error().code, Errc::kInvalid) << "there is no range that it could mean";
}

// It may have changed between two answers, and the one that brings all of it is one version by itself.
TEST(FillPlan, AnAnswerWithAllOfItIsBelievedWhateverLengthWasToldBefore) {
  FillPlan plan = FillPlan::learn(0, 8, known(500), kTimes);
  read(plan, "HTTP/1.1 416 No\r\nContent-Length: 0\r\nContent-Range: bytes */300", info(300));
  EXPECT_EQ(plan.judge_answer(416, false).error().code, Errc::kCorrupt);
  EXPECT_EQ(plan.ask(kNoRange).range, std::nullopt);
  const auto reading = read(plan, "HTTP/1.1 200 OK\r\nContent-Length: 200", info(200, "\"b\""));
  ASSERT_TRUE(is<FillPlan::Body>(reading));
  EXPECT_EQ(body_of(reading).extent.end, 200u);
}

// A length that cuts parts off cuts all of it off, too.
TEST(FillPlan, ALengthThatIsNotThatOfThePartBeforeIsNotBelieved) {
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  const std::string part = "HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\nContent-Range: bytes 0-299/300";
  EXPECT_EQ(code_of(read(plan, part, info(300))), Errc::kCorrupt);
  EXPECT_EQ(code_of(read(plan, "HTTP/1.1 200 OK\r\nContent-Length: 100", info(100))), Errc::kInvalid);
}

TEST(FillPlan, ARangeBeyondTheEndIsOursToRefuseOnceTheLengthIsKnown) {
  FillPlan plan = FillPlan::learn(3, 1, nullptr, kTimes);
  EXPECT_EQ(plan.judge_answer(416, false).error().code, Errc::kUnavailable);
  EXPECT_EQ(plan.ask(kNoRange).range, (http::ByteRange{0, kSliceSize}));
}

TEST(FillPlan, WhatBecameShorterHasChanged) {
  FillPlan plan = FillPlan::fill(known(300), kTimes);
  read(plan, "HTTP/1.1 416 No\r\nContent-Length: 0\r\nContent-Range: bytes */200", info(300), {0, 300});
  EXPECT_EQ(plan.judge_answer(416, false).error().code, Errc::kConflict);
  // Without another length it is said of this request.
  for (const char* head : {"HTTP/1.1 416 No\r\nContent-Length: 0", "HTTP/1.1 416 No\r\nContent-Range: bytes */300"}) {
    FillPlan same = FillPlan::fill(known(300), kTimes);
    read(same, head, info(300), {0, 300});
    EXPECT_EQ(same.judge_answer(416, false).error().code, Errc::kCorrupt) << "it may give all of it: " << head;
    EXPECT_EQ(same.ask({100, 200}).range, std::nullopt);
    EXPECT_EQ(same.judge_answer(416, false).error().code, Errc::kRefused) << head;
  }
}

TEST(FillPlan, FailuresOfTheOriginAreTriedAgainAndRefusalsAreNot) {
  FillPlan learning = FillPlan::learn(0, 8, nullptr, kTimes);
  EXPECT_TRUE(learning.judge_answer(404, false));
  EXPECT_EQ(learning.judge_answer(503, false).error().code, Errc::kUnavailable);
  FillPlan filling = FillPlan::fill(known(300), kTimes);
  EXPECT_EQ(filling.judge_answer(403, false).error().code, Errc::kRefused);
  EXPECT_EQ(filling.judge_answer(404, false).error().code, Errc::kRefused) << "it may be this request's own fault";
}

TEST(FillPlan, AnOriginThatAnswersThatItIsOutIsNotAskedAgainAtOnce) {
  const Error answer(Errc::kUnavailable, "the origin answered 500");
  FillPlan plan = FillPlan::learn(0, 8, nullptr, kTimes);
  ASSERT_FALSE(plan.judge_answer(500, false));
  EXPECT_EQ(plan.next_try(answer, false, kStart), kStart + FillPlan::kPause);
  ASSERT_FALSE(plan.judge_answer(500, false));
  EXPECT_EQ(plan.next_try(answer, false, kStart), kStart + 2 * FillPlan::kPause);
  FillPlan reset = FillPlan::learn(0, 8, nullptr, kTimes);
  EXPECT_EQ(reset.next_try(Error(Errc::kUnavailable, "reset"), false, kStart), kStart);
}

// What says when to come back, and what will not be different the next time, is the answer.
TEST(FillPlan, SomeAnswersAreNotAskedForAgain) {
  for (const int status : {500, 502, 503, 504}) {
    EXPECT_FALSE(FillPlan::learn(0, 8, nullptr, kTimes).judge_answer(status, false)) << status;
    EXPECT_TRUE(FillPlan::learn(0, 8, nullptr, kTimes).judge_answer(status, true)) << status;
  }
  for (const int status : {403, 404, 429, 501, 505, 508}) {
    EXPECT_TRUE(FillPlan::learn(0, 8, nullptr, kTimes).judge_answer(status, false)) << status;
  }
}

// --- another try ---

TEST(FillPlan, TriesThreeTimesInARowAndNoLongerThanItsPatience) {
  const Error failure(Errc::kUnavailable, "reset");
  FillPlan plan = FillPlan::fill(known(300), kTimes);
  EXPECT_TRUE(plan.next_try(failure, false, kStart));
  EXPECT_TRUE(plan.next_try(failure, false, kStart));
  EXPECT_FALSE(plan.next_try(failure, false, kStart));

  FillPlan slow = FillPlan::fill(known(300), kTimes);
  EXPECT_FALSE(slow.next_try(failure, false, kStart + kPatience));
  EXPECT_TRUE(slow.next_try(failure, true, kStart + kPatience)) << "bytes have come";
  EXPECT_FALSE(slow.next_try(failure, false, kStart + 2 * kPatience));
}

TEST(FillPlan, AllTriesShareOneDeadlineUntilBytesCome) {
  const Error failure(Errc::kTimeout, "silence");
  FillPlan plan = FillPlan::fill(known(300), kTimes);
  EXPECT_EQ(plan.deadline().time(), kStart + kPatience);
  EXPECT_TRUE(plan.next_try(failure, false, kStart + seconds(10)));
  EXPECT_EQ(plan.deadline().time(), kStart + kPatience);
  EXPECT_TRUE(plan.next_try(failure, true, kStart + seconds(15)));
  EXPECT_EQ(plan.deadline().time(), kStart + seconds(15) + kPatience);
}

TEST(FillPlan, WhatAnotherTryCannotMendIsNotTried) {
  for (const Errc code : {Errc::kConflict, Errc::kRefused, Errc::kCancelled, Errc::kNotFound, Errc::kInvalid}) {
    EXPECT_FALSE(FillPlan::fill(known(300), kTimes).next_try(Error(code, ""), false, kStart)) << to_string(code);
  }
}

TEST(FillPlan, OneResponseIsNotGoneOnWithByAnother) {
  const Error failure(Errc::kUnavailable, "reset");
  EXPECT_FALSE(FillPlan::fill(known(300, "W/\"a\""), kTimes).next_try(failure, true, kStart));
  EXPECT_FALSE(FillPlan::fill(known(kUnknownTotal), kTimes).next_try(failure, true, kStart));
  FillPlan learned = FillPlan::learn(0, 8, nullptr, kTimes);
  learned.settle(known(300, ""));
  EXPECT_EQ(learned.stage(), Stage::kFilling);
  EXPECT_FALSE(learned.next_try(failure, true, kStart));
}

}  // namespace
}  // namespace larder::cache
