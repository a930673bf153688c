#include "ledger/look_alikes.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace larder::ledger {
namespace {

TEST(LookAlikes, ACyrillicLetterInALatinWordIsSeen) {
  const auto seen = look_alike("Ex\u0430mple Net");  // а
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->looks_like, "Example Net");
  EXPECT_EQ(seen->scripts, (std::vector<std::string_view>{"Cyrillic", "Latin"}));
}

TEST(LookAlikes, ANameWhollyOfFalseLettersIsSeen) {
  EXPECT_EQ(look_alike("\u0405\u0441\u043e\u0440\u0435")->looks_like, "Scope");  // Cyrillic
  EXPECT_EQ(look_alike("\u0391\u039a\u039f NET")->looks_like, "AKO NET");        // Greek, a word of its own
  EXPECT_EQ(look_alike("\u13df\u13de\u13a0")->looks_like, "CLD");                // Cherokee
  EXPECT_EQ(look_alike("\uff25\uff58\uff41mple")->looks_like, "Example");        // full width
  EXPECT_EQ(look_alike("\U0001d404\U0001d431\U0001d41a\U0001d426ple")->looks_like, "Example");  // mathematical
}

TEST(LookAlikes, MarksOnLatinLettersAreSeenAndOnOthersTheyBelong) {
  EXPECT_EQ(look_alike("Exa\u0323mple")->looks_like, "Example");
  EXPECT_EQ(look_alike("Ex\u0430\u0332mple")->looks_like, "Example");
  EXPECT_EQ(look_alike("\u0301Example")->looks_like, "Example");
  EXPECT_EQ(look_alike("Zu\u0308rich")->looks_like, "Zurich") << "which is not the Z\u00fcrich that is there already";
  for (const char* name :
       {"\u0e01\u0e34\u0e48\u0e07", "\u05d1\u05bc\u05b0", "\u0928\u094d\u0926", "\u0413\u043b\u0438\u0306"}) {
    EXPECT_FALSE(look_alike(name).has_value()) << name;
  }
}

// They are refused by now.
TEST(LookAlikes, OldNamesWithOddBlanksAndWhatNobodySeesAreTold) {
  for (const char* name : {"Example\u00a0Net", "Example \u2003Net", "Example  Net", "Example\u3000Net",
                           "Exam\u200bple Net", "Example\ue000 Net", "Example Net\U000e0041"}) {
    const auto seen = look_alike(name);
    ASSERT_TRUE(seen.has_value()) << name;
    EXPECT_EQ(seen->looks_like, "Example Net") << name;
  }
  EXPECT_FALSE(look_alike("\u682a\u5f0f\u4f1a\u793e\u3000\u6771\u4eac").has_value()) << "as people write there";
}

TEST(LookAlikes, HonestNamesAreNotSuspected) {
  for (const char* name : {"Example", "Zürich Süd", "Işık Ağ", "Łódź-Net", "Москва", "ООО Ромашка", "АО «Связь» Ltd",
                           "Ελλάδα", "ABC株式会社", "東京〇一", "شركة ABC", "한국 Net", "Example™ – β", "Հայաստան",
                           "µTorrent", "საქართველო", "n°1 🚀", ""}) {
    EXPECT_FALSE(look_alike(name).has_value()) << name << " -> " << look_alike(name)->looks_like;
  }
}

TEST(LookAlikes, AWordOfTwoScriptsIsSeenThoughNobodyCanReadIt) {
  EXPECT_EQ(look_alike("Омегаw")->scripts, (std::vector<std::string_view>{"Cyrillic", "Latin"}));
}

TEST(LookAlikes, WithinALatinWordOnlyHanKanaAndHangulStandUntold) {
  EXPECT_EQ(look_alike("Telec\u0e50m Net")->looks_like, "Telecom Net");  // a Thai digit
  EXPECT_EQ(look_alike("c\u0966m")->looks_like, "com");                  // a Devanagari one
  EXPECT_EQ(look_alike("Telec\u05e1m")->scripts, (std::vector<std::string_view>{"Latin", "another"}));
  EXPECT_TRUE(look_alike("Acme\u4e2d\u0430").has_value()) << "Latin, Han, Cyrillic";
  for (const char* name : {"ABC株式会社", "NTTドコモ", "SK텔레콤", "𠮷野ABC"}) {
    EXPECT_FALSE(look_alike(name).has_value()) << name;
  }
}

TEST(LookAlikes, AFalseWordThatASignJoinsToALatinOneIsSeen) {
  EXPECT_EQ(look_alike("\u0421-Net \u0420\u043e\u0441\u0441\u0438\u044f")->looks_like.substr(0, 5), "C-Net");
  EXPECT_TRUE(look_alike("Net.\u0421\u041e\u041c \u0421\u0432\u044f\u0437\u044c").has_value());
  for (const char* name : {"АО Net-1 Россия", "Связь-Net", "АО-Россия Net"}) {
    EXPECT_FALSE(look_alike(name).has_value()) << name;
  }
}

TEST(LookAlikes, AClickIsSeen) { EXPECT_EQ(look_alike("Te\u01c0co")->looks_like, "Telco"); }

TEST(LookAlikes, SeveralLettersInOneCharacterAreSeen) {
  EXPECT_EQ(look_alike("Paci\ufb01c")->looks_like, "Pacific");
  EXPECT_EQ(look_alike("\u212bngstrom")->looks_like, "Ångstrom");
  EXPECT_EQ(look_alike("\u01c8ubljana")->looks_like, "Ljubljana");
  EXPECT_EQ(look_alike("Phase \u2163")->looks_like, "Phase IV");
}

TEST(LookAlikes, MathematicalLettersAndDigitsAreSeen) {
  EXPECT_EQ(look_alike("\U0001d6a8cme")->looks_like, "Acme") << "a Greek one";
  EXPECT_EQ(look_alike("Telco \U0001d7cf")->looks_like, "Telco 1");
  EXPECT_EQ(look_alike("Telco\uff11")->looks_like, "Telco1");
  EXPECT_FALSE(look_alike("東京１号").has_value());
}

TEST(LookAlikes, DashesInThePlaceOfHyphensAreSeen) {
  for (const char* dash : {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\uff0d"}) {
    const auto seen = look_alike(std::string("Acme") + dash + "Net");
    ASSERT_TRUE(seen.has_value()) << dash;
    EXPECT_EQ(seen->looks_like, "Acme-Net");
  }
  for (const char* name : {"Acme-Net", "Acme – Net", "東京－大阪", "Ростов–Дон"}) {
    EXPECT_FALSE(look_alike(name).has_value()) << name;
  }
}

TEST(LookAlikes, AFalseWordIsSeenWhateverStandsBesideIt) {
  const std::string acme = "\u0410\u0441\u043c\u0435";  // Cyrillic
  EXPECT_EQ(look_alike(acme + " \u4e2d")->looks_like, "Acme \u4e2d");
  EXPECT_TRUE(look_alike(acme + " Жук").has_value()) << "a shorter word is no excuse";
  EXPECT_FALSE(look_alike(acme + " Связь").has_value()) << "it is plainly Russian";
  EXPECT_EQ(look_alike("Exa\u0323mple\u4e2d")->looks_like, "Example\u4e2d");
}

TEST(LookAlikes, AreListedByTheirPlace) {
  EXPECT_EQ(look_alikes({{"/name", "Example"}}).size(), 0u);
  EXPECT_EQ(boost::json::serialize(look_alikes({{"/name", "Example"}, {"/email", "p\u0430y@example.net"}})),
            R"([{"pointer":"/email","looks_like":"pay@example.net","scripts":["Cyrillic","Latin"]}])");
}

}  // namespace
}  // namespace larder::ledger
