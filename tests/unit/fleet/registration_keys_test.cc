#include "fleet/registration_keys.h"

#include "fleet/nodes.h"
#include "ledger/secret.h"
#include "tenancy/customer_keys.h"
#include "tenancy/organisations.h"
#include "tenancy/resources.h"
#include "unit/ledger/ledger_test.h"

namespace larder::fleet {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::FieldProblems;
using ledger::LedgerTest;
using ledger::Result;

class ActivationKeysTest : public LedgerTest {
 protected:
  ActivationKeysTest() {
    const auto made = write([&](Transaction& transaction) -> Result<Node> {
      TRY(const auto owner,
          tenancy::create_organisation(transaction, now(), actor, {"Example", ledger::OrganisationKind::kIsp, {}, {}}));
      TRY(const auto resource, tenancy::create_resource(transaction, now(), actor, owner.ref, "default", ""));
      FieldProblems problems;
      const space::IpSpaceConfig limits;
      const space::IpSpaceRules rules{limits, false};
      return create_node(transaction, now(), actor, rules, resource, "a", NodeWish(), problems);
    });
    CHECK(made.has_value(), "the node is right");
    node = *made;
  }

  std::string issue() {
    const auto key = write([&](Transaction& transaction) {
      return issue_registration_key(transaction, now(), actor, node.organisation.id, node.ref.id, node.ref.name,
                                    std::chrono::hours(24));
    });
    return key->secret;
  }
  std::string customer_key(std::size_t slot) {
    return read([&](Transaction& transaction) { return tenancy::customer_keys(transaction, node.organisation.id); })
        ->at(slot)
        .secret;
  }
  /// "" if it is let in, else why not.
  std::string redeem(const std::string& customer, const std::string& registration) {
    const auto done = write([&](Transaction& transaction) {
      return redeem_registration_key(transaction, now(), node.organisation.id, node.ref.id, customer, registration);
    });
    return done ? "" : done.error().detail;
  }

  static constexpr const char* kWrong =
      "these activation keys do not fit together; copy them anew from the node's page";
  Actor actor;
  Node node;
};

TEST_F(ActivationKeysTest, ARegistrationKeyIsGoodOnce) {
  const std::string key = issue();
  EXPECT_EQ(redeem(customer_key(0), key), "");
  EXPECT_EQ(redeem(customer_key(0), key), "this registration key was used before; have a new one issued");
}

TEST_F(ActivationKeysTest, ANewRegistrationKeyMakesTheOneBeforeVoid) {
  const std::string before = issue();
  const std::string key = issue();
  EXPECT_EQ(redeem(customer_key(0), before), kWrong);
  EXPECT_EQ(redeem(customer_key(0), key), "");
}

TEST_F(ActivationKeysTest, ARegistrationKeyExpires) {
  const std::string key = issue();
  clock.advance(std::chrono::hours(24));
  EXPECT_NE(redeem(customer_key(0), key).find("expired at"), std::string::npos);
}

TEST_F(ActivationKeysTest, BothCustomerKeysAreGoodUntilTheyAreRenewed) {
  const std::string primary = customer_key(0);
  EXPECT_EQ(redeem(customer_key(1), issue()), "");
  const auto rotated = write([&](Transaction& transaction) {
    return tenancy::rotate_customer_key(transaction, now(), actor, node.organisation, "primary");
  });
  EXPECT_TRUE(rotated.has_value());
  const std::string key = issue();
  EXPECT_EQ(redeem(primary, key), kWrong);
  EXPECT_EQ(redeem(customer_key(0), key), "");
  EXPECT_EQ(redeem(customer_key(1), issue()), "");
}

TEST_F(ActivationKeysTest, KeysOfAnotherNodeDoNotFit) {
  const std::string key = issue();
  node.ref.id = ledger::new_id(now());
  EXPECT_EQ(redeem(customer_key(0), key), kWrong);
}

}  // namespace
}  // namespace larder::fleet
