// Of what an auditor holds a cache to: the origin is asked for no more than needed, and what a test says beforehand is
// allowed or expected.
#include "an_auditor.h"

namespace larder::support {
namespace {

TEST_F(AnAuditor, LetsEverySliceComeOnceFromTheOrigin) {
  respond(range("10-20"), part(version(1), 10, 21));
  respond(range("20-1048576"), part(version(1), 20, kMiB + 1));
  auditor_.sent(kUrl, version(1), 0, kMiB);
  auditor_.sent(kUrl, version(1), kMiB, 2 * kMiB);
  expect_none();
}

TEST_F(AnAuditor, FindsASliceThatWasFetchedTwice) {
  respond(range("10-20"), part(version(1), 10, 21));
  auditor_.sent(kUrl, version(1), 0, kMiB);
  auditor_.sent(kUrl, version(1), 1000, 2000);
  expect_found(
      "it sent 1049576 bytes of the version \"v1\" of 5000000 bytes (seed 1), and clients asked for slices of "
      "1048576 bytes in all");
}

TEST_F(AnAuditor, FindsASliceThatNobodyAskedFor) {
  respond(range("10-20"), part(version(1), 10, 21));
  auditor_.sent(kUrl, version(1), 0, 2 * kMiB);
  expect_found("the origin was asked for too much of a.example.com/a.bin");
}

TEST_F(AnAuditor, AllowsWhatATestAllows) {
  respond(range("10-20"), part(version(1), 10, 21));
  auditor_.sent(kUrl, version(1), 0, 2 * kMiB);
  auditor_.allow_refetch({}, kMiB);
  expect_none();
}

TEST_F(AnAuditor, AllowsReadingAheadOfWhoReadsOnAndOn) {
  respond(range("0-1048575"), part(version(1), 0, kMiB));
  respond(range("1048576-2097151"), part(version(1), kMiB, 2 * kMiB));
  auditor_.sent(kUrl, version(1), 0, kLength);
  expect_none();
}

TEST_F(AnAuditor, ExpectsAFaultThatIsKnown) {
  auditor_.expect_violation("the client has nothing");
  expect_found("a violation was expected and did not come");
  respond(get(), bare(304));
  expect_none();
}

}  // namespace
}  // namespace larder::support
