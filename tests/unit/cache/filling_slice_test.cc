#include "cache/filling_slice.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "cache_test.h"

namespace larder::cache {
namespace {

class FillingSliceTest : public CacheTest {
 protected:
  std::shared_ptr<FillingSlice> slice(std::uint32_t length) {
    auto made = std::make_shared<FillingSlice>(0, length, std::make_shared<FillInterest>());
    made->set_buffer(*memory.try_take(length));
    return made;
  }
  std::shared_ptr<net::Wakeup> armed() {
    auto wakeup = net::Wakeup::make(executor());
    wakeup->arm();
    return wakeup;
  }

  FillMemory memory{16 * kMiB};
};

TEST_F(FillingSliceTest, BytesAreThereAsSoonAsTheyCame) {
  const auto filling = slice(10);
  std::memcpy(filling->space().data(), "abc", 3);
  filling->advance(3);
  EXPECT_EQ(filling->filled(), 3u);
  EXPECT_EQ(filling->state(), FillingSlice::State::kFilling);
  EXPECT_EQ(std::memcmp(filling->bytes(1, 3).data(), "bc", 2), 0);
  EXPECT_EQ(filling->space().size(), 7u);
}

TEST_F(FillingSliceTest, TheLastByteMakesItWhole) {
  const auto filling = slice(2);
  filling->advance(2);
  EXPECT_EQ(filling->state(), FillingSlice::State::kWhole);
}

TEST_F(FillingSliceTest, AWaiterIsWokenByTheNextBytes) {
  const auto filling = slice(10);
  const auto wakeup = armed();
  ASSERT_TRUE(filling->wait_beyond(0, wakeup));
  std::thread producer([&] { filling->advance(1); });
  EXPECT_TRUE(run(wakeup->wait(SteadyTime::max())));
  producer.join();
}

TEST_F(FillingSliceTest, NobodyWaitsForWhatIsThereOrWillNeverCome) {
  const auto filling = slice(10);
  filling->advance(4);
  EXPECT_FALSE(filling->wait_beyond(3, armed()));
  EXPECT_TRUE(filling->wait_beyond(4, armed()));
  filling->abandon();
  EXPECT_FALSE(filling->wait_beyond(4, armed()));
}

TEST_F(FillingSliceTest, AnEndWakesWhoWaits) {
  const auto filling = slice(10);
  const auto wakeup = armed();
  ASSERT_TRUE(filling->wait_beyond(0, wakeup));
  filling->abandon();
  EXPECT_TRUE(wakeup->notified());
}

TEST_F(FillingSliceTest, ASliceOfUnknownLengthEndsWhereItsBytesEnd) {
  const auto filling = slice(10);
  filling->advance(4);
  filling->end_here();
  EXPECT_EQ(filling->length(), 4u);
  EXPECT_EQ(filling->state(), FillingSlice::State::kWhole);
}

TEST(FillMemory, KeepsToItsBudgetAndWakesWhoWaits) {
  asio::io_context context(1);
  FillMemory memory(2 * kMiB);
  auto first = memory.try_take(kMiB);
  auto second = memory.try_take(kMiB);
  const auto wakeup = net::Wakeup::make(context.get_executor());
  wakeup->arm();
  EXPECT_FALSE(memory.take_or_wait(1, {}, wakeup));
  EXPECT_EQ(memory.used(), 2 * kMiB);
  first.reset();
  EXPECT_TRUE(wakeup->notified());
  EXPECT_TRUE(memory.try_take(kMiB));
}

TEST(FillMemory, OneBufferIsAlwaysToBeHad) {
  FillMemory memory(10);
  auto buffer = memory.try_take(kMiB);
  EXPECT_TRUE(buffer);
  EXPECT_FALSE(memory.try_take(1));
}

}  // namespace
}  // namespace larder::cache
