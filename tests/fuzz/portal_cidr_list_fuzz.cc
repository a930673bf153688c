// Lists of address blocks as people type them: whatever is taken must be canonical, and come back as the same blocks.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "portal/address_range.h"
#include "portal/cidr_list.h"
#include "portal/special_ranges.h"

using namespace larder;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> entries;
  for (const std::string_view entry : portal::split_cidr_list(text)) entries.emplace_back(entry);
  portal::FieldProblems problems;
  const auto list = portal::parse_cidr_list(entries, "/cidr_blocks", problems);
  const auto& blocks = list.blocks;
  CHECK(problems.list().size() + blocks.size() >= entries.size(), "every entry is taken or has a problem");
  for (const auto& problem : problems.list()) CHECK(!problem.detail.empty(), "a problem says what it is");
  std::vector<std::string> again;
  for (const net::Prefix& block : blocks) {
    CHECK(portal::prefix_at(portal::place_of(block)) == block, "a place is the same block");
    CHECK(portal::count_of(block).total() > 0, "a block holds something");
    (void)portal::special_range(block);
    (void)portal::is_unallocated(block);
    again.push_back(to_string(block));
  }
  portal::FieldProblems none;
  CHECK(portal::parse_cidr_list(again, "/cidr_blocks", none).blocks == blocks, "the canonical form means the same");
  return 0;
}
