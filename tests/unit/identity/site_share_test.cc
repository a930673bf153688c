#include "identity/site_share.h"

#include "identity/device_sign_in.h"
#include "identity/single_sign_on.h"
#include "tenancy/access_requests.h"
#include "unit/identity/identity_test.h"

namespace larder::identity {
namespace {

using ledger::ProblemKind;
using ledger::Result;
using ledger::to_ms;

class SiteShareTest : public IdentityTest {
 protected:
  template <class F>
  ProblemKind refusal_of(F begin, const std::string& address) {
    const auto done = write([&](database::Transaction& transaction) -> Result<> {
      TRY_VOID(begin(transaction, *net::parse_address(address)));
      return {};
    });
    EXPECT_FALSE(done.has_value()) << address;
    return done ? ProblemKind::kInternal : done.error().kind;
  }
  template <class F>
  bool may(F begin, const std::string& address) {
    return write([&](database::Transaction& transaction) -> Result<> {
             TRY_VOID(begin(transaction, *net::parse_address(address)));
             return {};
           })
        .has_value();
  }

  /// How many a site with many networks may leave to wait.
  template <class F>
  int taken_by_one_site(F begin) {
    int taken = 0;
    while (taken < 10'000 && may(begin, fmt::format("2001:db8:1:{:x}::1", taken))) ++taken;
    return taken;
  }
};

TEST_F(SiteShareTest, OneSiteCannotLeaveSoManyDevicesWaitingThatOthersFindNoRoom) {
  const auto begin = [&](database::Transaction& transaction, const net::IpAddress& address) {
    return begin_device(transaction, now(), std::nullopt, address);
  };
  EXPECT_EQ(taken_by_one_site(begin), 476);
  EXPECT_EQ(refusal_of(begin, "2001:db8:1:ffff::1"), ProblemKind::kTooManyAttempts);
  EXPECT_TRUE(may(begin, "2001:db8:2::1"));
  EXPECT_TRUE(may(begin, "192.0.2.1"));
  clock.advance(kDeviceCodeLife);
  EXPECT_TRUE(may(begin, "2001:db8:1:ffff::1"));
}

TEST_F(SiteShareTest, OneSiteCannotBeOnItsWayToTheProviderForAll) {
  const auto begin = [&](database::Transaction& transaction, const net::IpAddress& address) {
    return begin_sign_on(transaction, now(), new_sign_on("/"), address);
  };
  EXPECT_EQ(taken_by_one_site(begin), 476);
  EXPECT_TRUE(may(begin, "2001:db8:2::1"));
}

TEST_F(SiteShareTest, AnOfficeBehindOneAddressMayBeOnItsWayAtOnce) {
  for (int i = 0; i < 300; ++i) {
    const auto sign_on = [&](database::Transaction& transaction, const net::IpAddress& address) {
      return begin_sign_on(transaction, now(), new_sign_on("/"), address);
    };
    const auto device = [&](database::Transaction& transaction, const net::IpAddress& address) {
      return begin_device(transaction, now(), std::nullopt, address);
    };
    ASSERT_TRUE(may(sign_on, "192.0.2.1")) << i;
    ASSERT_TRUE(may(device, "192.0.2.1")) << i;
  }
}

TEST_F(SiteShareTest, OneSiteCannotFillTheQueueOfRequestsHoweverLongItTries) {
  const auto begin = [&](database::Transaction& transaction, const net::IpAddress& address) {
    return tenancy::create_access_request(transaction, now(), {.organisation_name = "N", .contact = {}, .message = ""},
                                          address);
  };
  int taken = 0;
  for (int hour = 0; hour < 24; ++hour) {
    taken += taken_by_one_site(begin);
    clock.advance(std::chrono::hours(1));
  }
  EXPECT_EQ(taken, 238);
  EXPECT_TRUE(may(begin, "192.0.2.1"));
}

TEST_F(SiteShareTest, TheMoreIsTakenTheLessASiteMayAddAndWhoHasNothingStillMay) {
  const SiteShare share = {
      .waiting = "single_sign_on WHERE expires_at > $2", .most = 100, .what = "people", .retry_s = 7};
  int number = 0;
  const auto put = [&](const std::string& site, int more) {
    for (int i = 0; i < more; ++i) {
      EXPECT_TRUE(write([&](database::Transaction& transaction) {
                    return transaction.run(
                        "INSERT INTO single_sign_on (state_hash, nonce, code_verifier, return_to, expires_at, site)"
                        " VALUES ($1, '', '', '', $2, $3)",
                        {std::to_string(++number), to_ms(now()) + 1, site});
                  }).has_value());
    }
  };
  const auto kind_for = [&](const std::string& address) -> std::optional<ProblemKind> {
    const auto checked = read([&](database::Transaction& transaction) {
      return check_share(transaction, now(), share, *net::parse_address(address));
    });
    return checked ? std::nullopt : std::optional(checked.error().kind);
  };
  put("192.0.2.1", 4);
  EXPECT_EQ(kind_for("192.0.2.1"), ProblemKind::kTooManyAttempts) << "4 of 96/20";
  EXPECT_EQ(kind_for("192.0.2.2"), std::nullopt);
  put("192.0.2.3", 95);
  EXPECT_EQ(kind_for("192.0.2.2"), std::nullopt) << "the last place";
  EXPECT_EQ(kind_for("192.0.2.1"), ProblemKind::kTooManyAttempts);
  put("192.0.2.2", 1);
  EXPECT_EQ(kind_for("192.0.2.4"), ProblemKind::kUnavailable);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(kind_for("192.0.2.1"), std::nullopt);
}

TEST_F(SiteShareTest, ASignOnThatEndedInSuccessCountsNoLonger) {
  const auto address = *net::parse_address("192.0.2.1");
  for (int i = 0; i < 510; ++i) {
    const auto done = write([&](database::Transaction& transaction) -> Result<> {
      const PendingSignOn begun = new_sign_on("/");
      TRY_VOID(begin_sign_on(transaction, now(), begun, address));
      TRY(const auto taken, take_sign_on(transaction, now(), begun.state));
      return forget_sign_on(transaction, *taken);
    });
    ASSERT_TRUE(done.has_value()) << i;
  }
  EXPECT_EQ(count("sign_in_failure"), 0);
}

}  // namespace
}  // namespace larder::identity
