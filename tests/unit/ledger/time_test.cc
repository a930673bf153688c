#include "ledger/time.h"

#include <gtest/gtest.h>

namespace larder::ledger {
namespace {

TEST(Time, IsWrittenWithMillisecondsOnlyIfThereAreAny) {
  EXPECT_EQ(time_to_string(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time_to_string(1'795'236'600'000), "2026-11-21T04:50:00Z");
  EXPECT_EQ(time_to_string(1'795'236'600'007), "2026-11-21T04:50:00.007Z");
}

TEST(Time, IsReadWithAnyOffset) {
  for (const char* text : {"2026-11-21T04:50:00Z", "2026-11-21t04:50:00z", "2026-11-21 04:50Z",
                           "2026-11-21T04:50:00.0Z", "2026-11-21T05:50:00+01:00", "2026-11-20T23:50:00-05:00"}) {
    EXPECT_EQ(parse_time(text).value_or(-1), 1'795'236'600'000) << text;
  }
  EXPECT_EQ(parse_time("2026-11-21T04:50:00.0079Z").value_or(-1), 1'795'236'600'007);
}

TEST(Time, NonsenseIsRefused) {
  for (const char* text :
       {"", "2026", "2026-11-21", "2026-11-21T04:50:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T04:60:00Z", "1969-12-31T23:59:59Z", "2026-11-21T04:50:00Zx",
        "2026-11-21T04:50:00+25:00", "2026-11-21T04:50:00."}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace larder::ledger
