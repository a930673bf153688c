// The texts that a drive keeps beside its segments, of any bytes: reading one never crashes, what was read is written
// as it was, and a store can start with it.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "storage/crc32c.h"
#include "storage/epochs.h"
#include "storage/known_drives.h"
#include "storage/scrub_walk.h"

namespace {

using namespace larder::storage;

void start_with(const std::vector<Epoch>& epochs) {
  const auto again = parse_epochs(serialize(epochs));
  CHECK(again && *again == epochs, "epochs are read as they were written");
  const DriveInUse other{DriveId{std::byte{1}}, 5};
  const DriveInUse own = epochs.back().drives.empty() ? DriveInUse{DriveId{std::byte{2}}, 7}  //
                                                      : epochs.back().drives.front();
  const std::array words = {Epochs::Word{own, Epochs::Word::Kind::kEpochs, epochs},
                            Epochs::Word{other, Epochs::Word::Kind::kNothing, {}}};
  Epochs started = Epochs::at_start(words, 100);
  CHECK(started.all().size() <= Epochs::kMost, "a store keeps so many epochs");
  static_cast<void>(started.relies_on({{1, 2}, kMetaSlice}, {own.id, 50}));
  static_cast<void>(started.later({own.id, 50}, {other.id, 50}));
  started.leave(own.id, 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto walk = ScrubWalk::parse(text)) {
    CHECK(ScrubWalk::parse(walk->serialize()).has_value(), "what was read can be written");
  }
  if (const auto known = KnownDrives::parse(text)) {
    const auto again = KnownDrives::parse(known->serialize());
    CHECK(again && again->serialize() == known->serialize(), "known drives are read as they were written");
  }
  if (const auto epochs = parse_epochs(text)) start_with(*epochs);
  // With the checksum that it would need.
  const std::string checked =
      text + fmt::format("crc {:08x}\n", crc32c(std::as_bytes(std::span(std::string_view(text)))));
  if (const auto epochs = parse_epochs(checked)) start_with(*epochs);
  return 0;
}
