#include "identity/browser_seal.h"

#include "ledger/secret.h"
#include "unit/ledger/ledger_test.h"

namespace larder::identity {
namespace {

using ledger::LedgerTest;

using BrowserSealTest = LedgerTest;

TEST_F(BrowserSealTest, AllPortalsOfADatabaseHaveOneKey) {
  const auto first = seal_key(*database);
  const auto second = seal_key(*database);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(count("portal_key"), 1);
}

TEST_F(BrowserSealTest, OnlyWhatWasSealedWithTheKeyIsUnsealed) {
  const std::string key = ledger::new_secret("");
  const std::string text = sealed(key, "abc");
  EXPECT_EQ(unsealed(key, text), "abc");
  EXPECT_EQ(without_seal(text), "abc");
  for (const std::string& wrong : {std::string(), std::string("abc"), std::string("abc."), text + "0", "x" + text,
                                   text.substr(0, text.size() - 1), sealed(ledger::new_secret(""), "abc")}) {
    EXPECT_EQ(unsealed(key, wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace larder::identity
