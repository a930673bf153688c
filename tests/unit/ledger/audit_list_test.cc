#include "ledger/audit_list.h"

#include <boost/json/parse.hpp>

#include "ledger/audit.h"
#include "unit/ledger/ledger_test.h"

namespace larder::ledger {
namespace {

class AuditListTest : public LedgerTest {
 protected:
  void add(std::size_t size) {
    AuditRecord entry;
    entry.action = "node.edit";
    entry.kind = "node";
    entry.after = boost::json::object{{"notes", std::string(size, 'x')}};
    const auto done =
        write([&](database::Transaction& transaction) { return record(transaction, now(), Actor(), entry); });
    CHECK(done.has_value(), "the table is there");
  }
  Step<AuditEntry> next(std::size_t limit, const Step<AuditEntry>& before = {}) {
    PageQuery page{.limit = limit, .descending = false, .sort = by_time("at", "a.at"), .after = std::nullopt};
    if (!before.items.empty()) page.after = {before.items.back().key, before.items.back().item.id};
    return *read([&](database::Transaction& transaction) { return list_audit(transaction, {}, page); });
  }
};

TEST_F(AuditListTest, OfLargeEntriesAFewAreReadAtATime) {
  for (int i = 0; i < 5; ++i) add(100);
  for (int i = 0; i < 5; ++i) add(kStepSize / 2 - 100);
  add(4 * kStepSize);
  add(100);
  std::vector<std::size_t> lengths;
  Step<AuditEntry> step;
  do {
    step = next(32, step);
    lengths.push_back(step.items.size());
  } while (step.more);
  EXPECT_EQ(lengths, (std::vector<std::size_t>{6, 2, 2, 1, 1}));
}

TEST_F(AuditListTest, AStepHasNoMoreThanAPage) {
  for (int i = 0; i < 5; ++i) add(1);
  const auto first = next(2);
  EXPECT_EQ(first.items.size(), 2U);
  EXPECT_TRUE(first.more);
  const auto rest = next(3, first);
  EXPECT_EQ(rest.items.size(), 3U);
  EXPECT_FALSE(rest.more);
  EXPECT_TRUE(next(3, rest).items.empty());
}

TEST_F(AuditListTest, AnEntryHasWhatWasBeforeAndAfterAsItWasWritten) {
  add(3);
  const auto json = boost::json::parse(to_text(next(1).items.at(0).item)).as_object();
  EXPECT_EQ(json.at("after").at("notes").as_string(), "xxx");
  EXPECT_TRUE(json.at("before").is_null());
  EXPECT_EQ(json.at("action").as_string(), "node.edit");
}

}  // namespace
}  // namespace larder::ledger
