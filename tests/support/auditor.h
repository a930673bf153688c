// Auditor: decides from what an origin had and gave, and from what clients asked and got, whether a cache between them
// ever lied.
//
// It is told both histories as they happen and knows neither sockets nor clocks: a test of real programs and a
// simulation feed the same one. Bodies are compared while they come and not kept. What it holds a cache to is in
// docs/testing.md.
//
// Threads    all calls from any thread.
// Cost       memory for versions and for violations, not for requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/audit_terms.h"
#include "support/client_request.h"
#include "support/origin_history.h"
#include "support/origin_load.h"
#include "support/origin_script.h"
#include "support/response_audit.h"

namespace larder::support {

class Auditor {
 public:
  struct Options {
    OriginLoad::Options load;
    /// How long an answer that is no content (404, 500, ...) may be given again to who asks exactly the same.
    Elapsed answer_memory{0};
  };
  static constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;

  Auditor() : Auditor(Options()) {}
  explicit Auditor(Options options) : options_(options), load_(options.load) {}
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;

  // What is allowed. Of several that fit a URL the most exact one counts (scopes_of).

  /// As long as nothing is said nothing may be stale.
  void allow_age(const Url& url, Freshness freshness);
  /// How many bytes of each object may come from the origin beyond what clients asked for: what a drive declined, what
  /// was evicted or lost, what a faulty origin is asked for twice. kNoLimit: it is not looked at.
  void allow_refetch(const Url& url, std::uint64_t bytes);
  /// The cache has to serve this host: a 403 for it is the origin's, or wrong. For all other hosts it may be its own.
  void serves(const std::string& host);
  void may_refuse(const std::string& host);
  /// For a fault that is known and not mended: violations whose sentence holds `text` do not count, and if there is
  /// none of them, that is one.
  void expect_violation(std::string text);

  // The origin's history.

  /// From `at` on the content of `url` is this object, and what was there before is not current any more.
  void published(const Url& url, const OriginObject& object, Elapsed at);
  void removed(const Url& url, Elapsed at);
  /// The origin said, in an answer with content or in a 304, that `url` is this object, whatever is published there: an
  /// edge that differs from the others, a lie in a head (what the origin claims may be passed on). By this alone it is
  /// current at that moment only. Told before the answer goes out, and again when its head has arrived: it was on its
  /// way until then.
  void given(const Url& url, const OriginObject& object, Elapsed at);
  /// It gave this status instead of content (any but 200, 206 and 304). As given(): before, and when it has arrived.
  void answered(const Url& asked, int status, Elapsed at);
  /// It named `to` as the place of `from`: what is there may be served.
  void redirected(const Url& from, const Url& to);
  /// Body bytes [begin, end) of the object went out to the cache, which had asked for them.
  void sent(const Url& url, const OriginObject& object, std::uint64_t begin, std::uint64_t end);
  /// The origin of `url` could not be used in this time. Told again while it lasts.
  void out(const Url& url, Elapsed from, Elapsed until);
  /// What the origin of `url` said to one request may have kept it from being asked for another one in this time: what
  /// is old is in order for requests that run meanwhile, and for none that begin later.
  void held_up(const Url& url, Elapsed from, Elapsed until);

  /// The cache was told, and had agreed by `at`, to ask the origin of `url` again before it uses anything of it. `url`
  /// is as for allow_age(). `hard`: and what was current before is not in order even if the origin is out.
  void purged(const Url& url, bool hard, Elapsed at);

  // The clients' history.

  /// A request, told before it is sent. The response's audit refers to this object.
  ResponseAudit open(ClientRequest request, Elapsed begin);

  /// One sentence for each violation so far: which request, what came, what would have been right.
  std::vector<std::string> verdicts() const;
  /// Responses with a head that were looked at so far.
  std::uint64_t responses() const;

 private:
  friend class ResponseAudit;
  /// A response of versions that had ceased to be current. What the origin says later may still excuse it.
  struct Suspicion {
    std::string sentence;
    Url url;
    Elapsed begin;
    Elapsed end;
    Versions versions;
  };

  // For ResponseAudit:
  void count_response();
  Versions versions_of(const Url& url) const;
  bool is_served(const std::string& host) const;
  bool has_answered(const Url& asked, int status, Elapsed begin) const;
  void report(std::string sentence);
  /// Reports `sentence` unless one of the versions was current within its freshness.
  void require_fresh(Suspicion suspicion);

  struct Purged {
    Elapsed at;
    bool hard = false;
  };

  /// The last purge of it before `begin`; `hard`: of those only.
  Elapsed last_purge(const Url& url, Elapsed begin, bool hard) const;
  bool is_excused(const Suspicion& suspicion) const;
  Freshness freshness_of(const Url& url) const;

  const Options options_;
  mutable std::mutex mutex_;
  OriginHistory history_;
  OriginLoad load_;
  std::map<Url, Freshness> freshness_;
  std::map<Url, std::vector<Purged>> purges_;
  std::set<std::string> served_hosts_;
  std::vector<std::string> expected_;
  std::vector<std::string> violations_;
  std::size_t more_violations_ = 0;  // that were not kept
  std::vector<Suspicion> suspicions_;
  std::uint64_t responses_ = 0;
};

}  // namespace larder::support
