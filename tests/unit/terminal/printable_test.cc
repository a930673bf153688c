#include "terminal/printable.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace larder::terminal {
namespace {

TEST(Printable, EscapeSequencesAreWrittenOut) {
  EXPECT_EQ(printable("a\x1b[31mred\x07"), "a\\x1b[31mred\\x07");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");  // CSI as one character of C1
}

TEST(Printable, OrdinaryTextStaysAsItIs) { EXPECT_EQ(printable("Zürich 東京 ✓"), "Zürich 東京 ✓"); }

TEST(Printable, LineEndsDoNotBreakALine) { EXPECT_EQ(printable("a\nb\r"), "a\\nb\\x0d"); }

TEST(Printable, ControlsThatTurnTheDirectionAreWrittenOut) {
  EXPECT_EQ(printable("a\u202Eb\u2066"), "a\\u202eb\\u2066");
}

TEST(Printable, WhatNobodySeesIsWrittenOutAndJoinedPicturesAreNot) {
  EXPECT_EQ(printable("a\u200bb\u00ad\ufeff\U000e0041"), "a\\u200bb\\u00ad\\ufeff\\ue0041");
  EXPECT_EQ(printable("👩\u200d🔧"), "👩\u200d🔧");
}

TEST(Printable, BytesThatAreNoUtf8AreWrittenOut) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3");                    // cut off
  EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(DisplayWidth, WideCharactersTakeTwoColumnsAndMarksNone) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("Zürich"), 6u);
  EXPECT_EQ(display_width("東京"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("🚀"), 2u);
}

TEST(Cut, WhatDoesNotFitEndsInAnEllipsis) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 4), "abc…");
  EXPECT_EQ(cut("東京都", 4), "東…");
}

TEST(Printable, WordsAreWrappedByWhatIsSeen) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("東京 東京", 4), (std::vector<std::string>{"東京", "東京"}));
  EXPECT_EQ(wrap("東東", 1), (std::vector<std::string>{"東", "東", ""})) << "a character is never broken";
  EXPECT_EQ(wrap("東京都庁", 4), (std::vector<std::string>{"東京", "都庁"})) << "a sentence without blanks";
  EXPECT_EQ(wrap("", 0), std::vector<std::string>{""});
}

TEST(Printable, KeysAndAddressesStayWhole) {
  EXPECT_EQ(wrap("the key ldr_0123456789 it is", 8), (std::vector<std::string>{"the key", "ldr_0123456789", "it is"}));
  EXPECT_EQ(wrap("abcdefgh", 3), std::vector<std::string>{"abcdefgh"});
}

TEST(Printable, WrappingLooksAtEachWordOnce) {
  // A line that is measured again for each of its words, or a word for each of its lines, takes hours for these.
  std::string list;
  for (int i = 0; i < 500'000; ++i) list += "10.0.0.0/8, ";
  EXPECT_EQ(wrap(list, list.size()).size(), 1u);
  EXPECT_EQ(wrap(list, 11).size(), 500'000u);
  std::string sentence;
  for (int i = 0; i < 1'000'000; ++i) sentence += "東";
  EXPECT_EQ(wrap(sentence, 10).size(), 200'000u);
}

}  // namespace
}  // namespace larder::terminal
