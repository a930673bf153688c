// Lists of purges, as they come from a drive: reading one never crashes, what was read is written as it was, stays
// within its bounds with another one beside it, and can be asked.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cache/purge_list.h"
#include "core/check.h"
#include "storage/crc32c.h"

namespace {

using namespace larder;
using cache::Purge;
using cache::PurgeList;

void use(const PurgeList& list) {
  const auto again = PurgeList::parse(list.serialize());
  CHECK(again && *again == list, "a list is read as it was written");
  origin::ContentRule rule;
  rule.name = "files";
  rule.shared_name = true;
  origin::Target target;
  target.rule = &rule;
  target.host = "a.example";
  target.path_and_query = "/a?b";
  const auto verdict = list.judge(target, "old", 1);
  CHECK(std::max(verdict.soft, verdict.hard) <= list.last(), "the last one is the last one");

  PurgeList both;
  CHECK(both.add({.number = 5, .hard = true, .what = Purge::What::kUrl, .value = "a.example/a"}), "there is room");
  both.merge(list);
  CHECK(both.all().size() <= PurgeList::kMost, "a list has a bound");
  CHECK(both.serialize().size() <= PurgeList::kMostText, "a list has a bound");
  CHECK(both.last() == std::max<std::uint64_t>(5, list.last()), "no number is lost");
  CHECK(both.judge(target, "old", 1).hard >= verdict.hard, "nothing is lost");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto list = PurgeList::parse(text)) use(*list);
  // With the checksum that it would need.
  const std::string checked =
      text + fmt::format("crc {:08x}\n", storage::crc32c(std::as_bytes(std::span(std::string_view(text)))));
  if (const auto list = PurgeList::parse(checked)) use(*list);
  return 0;
}
