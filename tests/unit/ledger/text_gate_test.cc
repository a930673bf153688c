#include "ledger/text_gate.h"

#include <gtest/gtest.h>

#include <string>

#include "ledger/email.h"

namespace larder::ledger {
namespace {

std::string gate_problem(std::string_view text, TextRule rule = {}) {
  const auto problem = text_problem(text, rule);
  return problem ? problem->detail : "";
}

TEST(TextGate, OrdinaryNamesOfAllScriptsComeThrough) {
  for (const char* name : {"Example", "Zürich Süd", "Москва", "北京 1", "شبكة", "O'Brien & Søn", "e\u0301"}) {
    EXPECT_EQ(gate_problem(name), "") << name;
  }
}

TEST(TextGate, ControlCharactersComeThroughInNoShape) {
  using namespace std::string_literals;
  for (const auto& text : {"a\0b"s, "a\x1b[31m"s, "a\x7f"s, "a\u0085"s, "a\u009b31m"s}) {
    for (const TextShape shape : {TextShape::kLine, TextShape::kLines, TextShape::kTyped, TextShape::kSecret}) {
      EXPECT_NE(gate_problem(text, {.shape = shape}).find("control character"), std::string::npos) << text;
    }
  }
  EXPECT_EQ(gate_problem("a\0b"s), "it holds a control character (U+0000); only printable text is taken");
}

TEST(TextGate, BytesThatAreNoUtf8DoNotComeThrough) {
  for (const char* text : {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_EQ(gate_problem(text, {.shape = TextShape::kSecret}), "it is not text in UTF-8");
  }
}

TEST(TextGate, WhatNobodySeesIsNamedByItsNumber) {
  EXPECT_EQ(gate_problem("a\u202eb"), "it holds a character that nobody sees (U+202E); write it without");
  for (const char* text : {"a\u200bb", "a\u2066b", "a\u00adb", "\ufeffa", "a\u2028b", "a\U000e0041", "a\u3164",
                           "a\U00013441b", "a\U0001d159b", "a\u2800b", "a\ufff9b", "a\u034fb", "a\uffffb"}) {
    for (const TextShape shape : {TextShape::kLine, TextShape::kLines, TextShape::kTyped})
      EXPECT_NE(gate_problem(text, {.shape = shape}), "") << text;
    EXPECT_EQ(gate_problem(text, {.shape = TextShape::kSecret}), "") << "a password may hold it";
  }
}

TEST(TextGate, JoinersAreForRunningTextAndNotForNames) {
  for (const char* text : {"می\u200cخواهم", "👩\u200d🔧", "❤\ufe0f"}) {
    EXPECT_NE(gate_problem(text), "");
    EXPECT_EQ(gate_problem(text, {.shape = TextShape::kLines}), "");
  }
}

TEST(TextGate, SeveralLinesAreTakenWhereThereMayBeSome) {
  EXPECT_NE(gate_problem("a\nb"), "");
  EXPECT_NE(gate_problem("a\tb"), "");
  EXPECT_EQ(gate_problem("a\r\n\tb", {.shape = TextShape::kLines}), "");
}

TEST(TextGate, BlanksAtTheEndsAreRefusedWithWhatWouldDo) {
  for (const char* text : {" a b", "a b ", "\u00a0a b", "a b\u3000", "\u2003a b\u2009"}) {
    const auto problem = text_problem(text, {});
    ASSERT_TRUE(problem.has_value()) << text;
    EXPECT_EQ(problem->suggestion, "a b");
    EXPECT_FALSE(text_problem(text, {.shape = TextShape::kTyped}).has_value());
  }
  EXPECT_EQ(text_problem("a\n", {.shape = TextShape::kLines})->suggestion, "a");
  EXPECT_EQ(gate_problem(" "), "it is blank");
  EXPECT_FALSE(text_problem(" ", {})->suggestion.has_value());
}

TEST(TextGate, ANameHasOneKindOfBlankAndOneAtATime) {
  for (const char* text :
       {"a\u00a0b", "a\u2003b", "a\u2009 b", "a\u3000b", "a\u202fb", "a\u205fb", "a\u1680b", "a  b"}) {
    const auto problem = text_problem(text, {});
    ASSERT_TRUE(problem.has_value()) << text;
    EXPECT_EQ(problem->detail, "it holds a blank of another kind, or several in a row; write single ordinary ones");
    EXPECT_EQ(problem->suggestion, "a b");
    EXPECT_EQ(gate_problem(text, {.shape = TextShape::kLines}), "") << "in a note it deceives nobody";
    EXPECT_EQ(gate_problem(text, {.shape = TextShape::kTyped}), "");
  }
}

TEST(TextGate, WhatIsNoCharacterToMostIsNotInAName) {
  EXPECT_EQ(gate_problem("a\ue000b"), "it holds what is no character to most (U+E000); write it without");
  for (const char* text : {"a\uf8ffb", "a\u0378", "\U000f0000", "a\U0010fffdb", "\U00040000", "a\u2fe0b"}) {
    EXPECT_NE(gate_problem(text), "") << text;
    EXPECT_EQ(gate_problem(text, {.shape = TextShape::kLines}), "") << text;
  }
  for (const char* text : {"\U0001f680", "\U00020000", "\ud7a3", "\ufffc\ufffd"})
    EXPECT_EQ(gate_problem(text), "") << text;
}

TEST(TextGate, MarksArePiledUpAsHighAsScriptsDoIt) {
  const std::string dot = "\u0323";
  EXPECT_EQ(gate_problem("a" + dot + dot + dot + dot + " b" + dot), "");
  EXPECT_EQ(gate_problem("a" + dot + dot + dot + dot + dot), "more than 4 marks are on one character; write fewer");
  for (const char* name : {"\u0e01\u0e34\u0e48", "\u05d1\u05bc\u05b0\u05a3", "\u0928\u093f", "e\u0302\u0301"}) {
    EXPECT_EQ(gate_problem(name), "") << name;
  }
}

TEST(TextGate, LengthIsInCharactersAndBytes) {
  EXPECT_EQ(gate_problem("", {.least = 1}), "it must not be empty");
  EXPECT_EQ(gate_problem("ab", {.least = 3}), "3 characters at least");
  EXPECT_EQ(gate_problem("ééé", {.most = 3}), "");
  EXPECT_EQ(gate_problem("éééé", {.most = 3}), "3 characters at most, these are 4");
  EXPECT_EQ(gate_problem("éé", {.most = 3, .bytes = 3}), "3 bytes of UTF-8 at most, these are 4");
}

TEST(TextGate, AddressesOfMailComeThroughIt) {
  EXPECT_TRUE(parse_email("jürgen@exämple.net").has_value());
  for (const char* text : {"a\u202e@b.net", "a@b\u200b.net", "a\u00a0b@c.net", "a@b.net ", " a@b.net", "a b@c.net",
                           "a@b\ue000.net", "a\u0085@b.net", "a@\xff"}) {
    EXPECT_FALSE(parse_email(text).has_value()) << text;
  }
}

TEST(TextGate, NamesThatNobodyCanCorrectAreMadeSuchThatTheyComeThrough) {
  EXPECT_EQ(as_line(" An\u202ena\n\x1b[1m\u0085Lee\xff ", 100), "Anna [1m Lee");
  EXPECT_EQ(as_line("éé", 3), "é");
  EXPECT_EQ(as_line("a b", 2), "a");
  for (const char* text : {"\u200b a\t", "\xc3\x28", "a\u2028b", "\U000e0001", "a\u00a0 b", "a\ue000b",
                           "a\u0323\u0323\u0323\u0323\u0323\u0323b"}) {
    EXPECT_EQ(gate_problem(as_line(text, 100)), "") << text;
  }
}

}  // namespace
}  // namespace larder::ledger
