// LiveAuditor: an Auditor of real programs: its moments are those of the steady clock, its origins FakeOrigins, and
// what its clients ask is read from the bytes that they send.
//
// Threads    all calls from any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "support/auditor.h"
#include "support/origin_observer.h"

namespace larder::support {

class LiveAuditor final : public OriginObserver {
 public:
  explicit LiveAuditor(Auditor::Options options = {}) : auditor_(options) {}

  Auditor& auditor() { return auditor_; }
  Elapsed now() const { return std::chrono::steady_clock::now() - begin_; }

  /// A request that is about to be sent: its head, without the empty line.
  ResponseAudit open(std::string_view head) { return auditor_.open(parse_client_request(head), now()); }

  /// A request and its response that another client than HttpClient has exchanged, from first lines to last bytes.
  void exchanged(std::string_view request, std::string_view response);

  // What the origin's objects are told under: their path, for any host and query.
  void published(const std::string& path, const OriginObject& object) override;
  void removed(const std::string& path) override;
  void given(const OriginRequest& request, const OriginObject& object) override;
  void answered(const OriginRequest& request, int status, std::string_view location) override;
  void sent(const OriginRequest& request, const OriginObject& object, const OriginRange& bytes) override;
  void failed(const OriginRequest& request) override;

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Auditor auditor_;
};

}  // namespace larder::support
