#include "ledger/problem.h"

#include <gtest/gtest.h>

#include <string>

#include "core/utf8.h"

namespace larder::ledger {
namespace {

TEST(FieldProblemsTest, HoweverMuchIsWrongAHundredAreListedAndItIsSaidThatThereAreMore) {
  FieldProblems problems;
  for (std::size_t i = 0; i < FieldProblems::kMost; ++i) problems.add(fmt::format("/{}", i), "wrong");
  problems.add("/0", "an echo");
  EXPECT_TRUE(problems.full());
  EXPECT_FALSE(problems.more());
  EXPECT_EQ(problems.verdict().error().detail, "100 fields are wrong");

  problems.add("/another", "wrong");
  EXPECT_EQ(problems.list().size(), FieldProblems::kMost);
  const auto verdict = problems.verdict();
  EXPECT_EQ(verdict.error().fields.size(), FieldProblems::kMost);
  EXPECT_EQ(verdict.error().detail, "more than 100 fields are wrong; 100 of them are listed");
  EXPECT_EQ(verdict.error().members.at("more_errors"), true);
}

TEST(FieldProblemsTest, ALongTextIsSaidAgainInPart) {
  FieldProblems problems;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "\u00e4";
  problems.add("/x" + text, text, text);
  const FieldProblem& only = problems.list().at(0);
  EXPECT_LT(only.pointer.size(), 400U);
  EXPECT_LT(only.detail.size(), 1100U);
  EXPECT_TRUE(is_utf8(only.pointer) && is_utf8(only.detail)) << "cut between characters";
  EXPECT_TRUE(only.detail.ends_with("\u2026"));
  EXPECT_FALSE(only.suggestion) << "half of one would be wrong";
}

}  // namespace
}  // namespace larder::ledger
