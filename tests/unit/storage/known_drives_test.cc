#include "storage/known_drives.h"

#include <gtest/gtest.h>

namespace larder::storage {
namespace {

DriveId id_of(std::uint8_t number) { return {std::byte{number}}; }

TEST(KnownDrives, AreReadAsTheyWereWritten) {
  KnownDrives known;
  EXPECT_TRUE(known.note("/srv/larder/1", id_of(1)));
  EXPECT_TRUE(known.note("/srv/\"larder\"/2/", id_of(2)));
  EXPECT_FALSE(known.note("/srv/larder/./1/", id_of(1))) << "the same";
  EXPECT_TRUE(known.note("/srv/larder/1", id_of(3))) << "another one is there now";
  const auto again = KnownDrives::parse(known.serialize());
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->find("/srv/larder/1"), id_of(3));
  EXPECT_EQ(again->find("/srv/\"larder\"/2"), id_of(2));
  EXPECT_EQ(again->find("/srv/larder"), std::nullopt);
  EXPECT_EQ(again->serialize(), known.serialize());
}

TEST(KnownDrives, AreBounded) {
  KnownDrives known;
  for (std::size_t i = 0; i <= KnownDrives::kMost; ++i) known.note("/" + std::to_string(i), id_of(1));
  EXPECT_EQ(known.find("/0"), std::nullopt);
  EXPECT_EQ(known.find("/1"), id_of(1));
}

TEST(KnownDrives, SayWhatIsWrong) {
  for (const char* text :
       {"", "[]", "{}", R"({"format": 2, "drives": []})", R"({"format": 1})", R"({"format": 1, "drives": {}})",
        R"({"format": 1, "drives": [1]})", R"({"format": 1, "drives": [{"path": "/a", "id": "00"}]})",
        R"({"format": 1, "drives": [{"id": "00000000000000000000000000000000"}]})"}) {
    const auto known = KnownDrives::parse(text);
    ASSERT_FALSE(known) << text;
    EXPECT_EQ(known.error().code, Errc::kCorrupt);
  }
  EXPECT_TRUE(KnownDrives::parse(R"({"format": 1, "drives": [], "later": 1})"));
}

}  // namespace
}  // namespace larder::storage
