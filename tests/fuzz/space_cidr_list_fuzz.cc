// Lists of address blocks as people type them: whatever is taken must be canonical, and come back as the same blocks.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "space/block_place.h"
#include "space/cidr_list.h"
#include "space/special_ranges.h"

using namespace larder;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> entries;
  for (const std::string_view entry : space::split_cidr_list(text)) entries.emplace_back(entry);
  ledger::FieldProblems problems;
  const auto list = space::parse_cidr_list(entries, "/cidr_blocks", problems);
  const auto& blocks = list.blocks;
  CHECK(problems.list().size() + blocks.size() >= entries.size(), "every entry is taken or has a problem");
  for (const auto& problem : problems.list()) CHECK(!problem.detail.empty(), "a problem says what it is");
  std::vector<std::string> again;
  for (const net::Prefix& block : blocks) {
    CHECK(space::prefix_at(space::place_of(block)) == block, "a place is the same block");
    CHECK(space::count_of(block).total() > 0, "a block holds something");
    (void)space::special_range(block);
    (void)space::is_unallocated(block);
    again.push_back(to_string(block));
  }
  ledger::FieldProblems none;
  CHECK(space::parse_cidr_list(again, "/cidr_blocks", none).blocks == blocks, "the canonical form means the same");
  return 0;
}
