#include "identity/site_share.h"

#include <algorithm>

#include "identity/attempts.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using ledger::ProblemKind;
using ledger::Result;
using ledger::to_ms;

constexpr std::int64_t kSharesOfFree = 20;

std::unexpected<ledger::Problem> full(ProblemKind kind, std::string detail, int retry_s) {
  ledger::Problem problem(kind, std::move(detail));
  problem.retry_after_s = retry_s;
  return std::unexpected(std::move(problem));
}

}  // namespace

Result<> check_share(database::Transaction& transaction, WallTime now, const SiteShare& share,
                     const net::IpAddress& address) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT COUNT(*), COALESCE(SUM(CASE WHEN site = $1 THEN 1 ELSE 0 END), 0) FROM {}",
                                  share.waiting),
                      {site_name(address), to_ms(now)}));
  const std::int64_t free = share.most - rows[0].number(0);
  if (free <= 0)
    return full(ProblemKind::kUnavailable, fmt::format("there are too many {}", share.what), share.retry_s);
  if (rows[0].number(1) < std::max<std::int64_t>(1, free / kSharesOfFree)) return {};
  return full(ProblemKind::kTooManyAttempts, fmt::format("your network has as many {} as it may have", share.what),
              share.retry_s);
}

}  // namespace larder::identity
