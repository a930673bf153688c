// What an auditor says of content that was purged.
#include "an_auditor.h"

namespace larder::support {
namespace {

TEST_F(AnAuditor, FindsWhatIsOlderThanItsLastPurge) {
  auditor_.published(kUrl, version(2), 5s);
  auditor_.allow_age({}, {.age = kForever});
  auditor_.purged({.host = "b.example.com", .path = "", .query = ""}, true, 7s);
  respond(get(), whole(version(1)), 8s);
  auditor_.purged({.host = kUrl.host, .path = "", .query = ""}, false, 9s);
  respond(get(), whole(version(1)), 8'999ms);
  respond(get(), whole(version(2)), 9s);
  expect_none();
  respond(get(), whole(version(1)), 9s);
  expect_found("and was purged at 9.000 s");
}

TEST_F(AnAuditor, LetsOnlyWhatWasPurgedSoftlyPassWhileTheOriginIsOut) {
  auditor_.published(kUrl, version(2), 5s);
  auditor_.allow_age({}, {.age = kForever, .stale_while_out = true});
  auditor_.out({}, 9s, 20s);
  auditor_.purged(kUrl, false, 10s);
  respond(get(), whole(version(1)), 11s);
  auditor_.purged({}, true, 12s);
  respond(get(), whole(version(2)), 13s);
  expect_none();
  respond(get(), whole(version(1)), 13s);
  expect_found("begun at 13.000 s");
}

}  // namespace
}  // namespace larder::support
