#include "storage/segment_format.h"

#include <gtest/gtest.h>

#include <cstring>

#include "storage/crc32c.h"

namespace larder::storage {
namespace {

DriveId drive_id() {
  DriveId id{};
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::byte>(0xA0 + i);
  return id;
}

const SegmentIdentity kIdentity{drive_id(), 0x0102'0304'0506'0708};

template <class Number>
Number number_at(std::span<const std::byte> block, std::size_t offset) {
  Number value = 0;
  std::memcpy(&value, block.data() + offset, sizeof value);  // the tests run on little-endian machines
  return value;
}

TEST(SegmentFormat, HeaderLiesAsDocumented) {
  const Block block = encode_header(kIdentity);

  EXPECT_EQ(std::memcmp(block.data(), "LARDSEG1", 8), 0);
  EXPECT_EQ(number_at<std::uint32_t>(block, 8), 1u);
  EXPECT_EQ(std::memcmp(block.data() + 16, kIdentity.drive.data(), 16), 0);
  EXPECT_EQ(number_at<std::uint64_t>(block, 32), kIdentity.segment);
  EXPECT_EQ(number_at<std::uint32_t>(block, 60), crc32c(std::span(block).first(60)));
}

TEST(SegmentFormat, RecordHeaderLiesAsDocumented) {
  const Block block = encode_record_header({kIdentity, {{11, 22}, 33}, 44, 55});

  EXPECT_EQ(std::memcmp(block.data(), "LREC", 4), 0);
  EXPECT_EQ(number_at<std::uint32_t>(block, 4), 44u);
  EXPECT_EQ(std::memcmp(block.data() + 8, kIdentity.drive.data(), 16), 0);
  EXPECT_EQ(number_at<std::uint64_t>(block, 24), kIdentity.segment);
  EXPECT_EQ(number_at<std::uint64_t>(block, 32), 11u);
  EXPECT_EQ(number_at<std::uint64_t>(block, 40), 22u);
  EXPECT_EQ(number_at<std::uint32_t>(block, 48), 33u);
  EXPECT_EQ(number_at<std::uint32_t>(block, 52), 55u);
  EXPECT_EQ(number_at<std::uint32_t>(block, 60), crc32c(std::span(block).first(60)));
}

TEST(SegmentFormat, TableAndFooterLieAsDocumented) {
  const std::vector<TableEntry> entries = {{{{1, 2}, 3}, 128, 5, 6}};

  const std::vector<std::byte> table = encode_table(entries);
  const Block footer = encode_footer({kIdentity, 192, 1, crc32c(table)});

  ASSERT_EQ(table.size(), 32u);
  EXPECT_EQ(number_at<std::uint64_t>(table, 0), 1u);
  EXPECT_EQ(number_at<std::uint64_t>(table, 8), 2u);
  EXPECT_EQ(number_at<std::uint32_t>(table, 16), 3u);
  EXPECT_EQ(number_at<std::uint32_t>(table, 20), 128u);
  EXPECT_EQ(number_at<std::uint32_t>(table, 24), 5u);
  EXPECT_EQ(number_at<std::uint32_t>(table, 28), 6u);
  EXPECT_EQ(std::memcmp(footer.data(), "LARDEND1", 8), 0);
  EXPECT_EQ(number_at<std::uint32_t>(footer, 8), 1u);
  EXPECT_EQ(number_at<std::uint32_t>(footer, 12), 1u);
  EXPECT_EQ(std::memcmp(footer.data() + 16, kIdentity.drive.data(), 16), 0);
  EXPECT_EQ(number_at<std::uint64_t>(footer, 32), kIdentity.segment);
  EXPECT_EQ(number_at<std::uint64_t>(footer, 40), 192u);
  EXPECT_EQ(number_at<std::uint32_t>(footer, 48), crc32c(table));
}

TEST(SegmentFormat, WhatWasWrittenIsReadBack) {
  const std::vector<TableEntry> entries = {{{{1, 2}, kMetaSlice}, 128, 100, 7}, {{{3, 4}, 9}, 4096, 1 << 20, 8}};
  const std::vector<std::byte> table = encode_table(entries);

  const auto header = parse_header(encode_header(kIdentity));
  const auto record = parse_record_header(encode_record_header({kIdentity, {{11, 22}, 33}, 44, 55}));
  const auto footer = parse_footer(encode_footer({kIdentity, 2 << 20, 2, crc32c(table)}));
  const auto parsed = parse_table(table, *footer);

  EXPECT_EQ(*header, kIdentity);
  EXPECT_EQ(record->identity, kIdentity);
  EXPECT_EQ(record->key, (SliceKey{{11, 22}, 33}));
  EXPECT_EQ(record->length, 44u);
  EXPECT_EQ(record->payload_crc, 55u);
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)[1].key, entries[1].key);
  EXPECT_EQ((*parsed)[1].offset, 4096u);
  EXPECT_EQ((*parsed)[1].length, 1u << 20);
}

TEST(SegmentFormat, EveryFlippedBitOfABlockIsSeen) {
  const Block header = encode_header(kIdentity);
  const Block record = encode_record_header({kIdentity, {{1, 2}, 3}, 4, 5});
  const Block footer = encode_footer({kIdentity, 64, 0, 0});
  const auto flipped = [](Block block, std::size_t bit) {
    block[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    return block;
  };
  for (std::size_t bit = 0; bit < kBlockSize * 8; ++bit) {
    EXPECT_FALSE(parse_header(flipped(header, bit))) << bit;
    EXPECT_FALSE(parse_record_header(flipped(record, bit))) << bit;
    EXPECT_FALSE(parse_footer(flipped(footer, bit))) << bit;
  }
}

TEST(SegmentFormat, ATableMustPointAmongTheRecords) {
  const auto accepts = [](TableEntry entry) {
    const auto table = encode_table(std::span(&entry, 1));
    return parse_table(table, {kIdentity, 4096, 1, crc32c(table)}).has_value();
  };
  EXPECT_TRUE(accepts({{}, 128, 3968, 0}));
  EXPECT_FALSE(accepts({{}, 128, 3969, 0}));
  EXPECT_FALSE(accepts({{}, 64, 10, 0}));
  EXPECT_FALSE(accepts({{}, 130, 10, 0}));
  EXPECT_FALSE(accepts({{}, 0xFFFF'FFC0, 0xFFFF'FFFF, 0}));
}

TEST(SegmentFormat, LongPayloadsBeginAtAPage) {
  EXPECT_EQ(payload_offset_after(64, 100), 128u);
  EXPECT_EQ(payload_offset_after(64, kPageAlignedFrom), 4096u);
  EXPECT_EQ(payload_offset_after(4096 - 64, kSliceSize), 4096u);
  EXPECT_EQ(payload_offset_after(4096, kSliceSize), 8192u);
  EXPECT_EQ(record_end(128, 1), 192u);
  EXPECT_EQ(record_end(128, 0), 128u);
}

}  // namespace
}  // namespace larder::storage
