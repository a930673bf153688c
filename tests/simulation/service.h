// Service: what clients may expect of a node beside the truth: an answer, to its end, when nothing is the matter.
//
// An auditor of truth is content with a node that breaks off every response. So whatever can be a reason for an error
// or a broken response is noted here when it happens, and an error without any reason is a violation too.
//
// Threads    one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/auditor.h"

namespace larder::simulation {

class Service {
 public:
  using Elapsed = support::Elapsed;

  /// How long a reason holds: what a node waits for an origin, and tries again.
  static constexpr Elapsed kMemory = std::chrono::seconds(20);

  /// Something that may break off every response that has begun: a kill, a drive that fails.
  void interrupted(Elapsed at) { interrupted_ = at; }
  /// Something that may still trouble responses that begin later: a network or a drive that stood still.
  void disturbed(Elapsed at) { everywhere_ = std::max(everywhere_.value_or(at), at); }
  /// Something that may disturb the responses with this URL's content.
  void disturbed(const support::Url& url, Elapsed at) { urls_[url] = std::max(urls_[url], at); }
  /// The URL's content changed: what had begun before may break off.
  void changed(const support::Url& url, Elapsed at) { changes_[url] = at; }
  /// Whether a response that began at `begin` had a reason to fail.
  bool excused(const support::Url& url, Elapsed begin) const;
  /// Whether the origin may not have answered meanwhile.
  bool is_disturbed(const support::Url& url, Elapsed begin) const;

  /// A response with bytes of that version, the `version`th of the URL, to a request at whose begin losses() were so
  /// many.
  void served(const support::Url& url, std::uint64_t version, std::uint64_t losses, Elapsed begin, Elapsed end);
  std::uint64_t losses() const { return losses_; }
  /// The node may have lost what it knew.
  void may_forget() { ++losses_; }
  /// The node starts with these drives.
  void started(std::set<std::string> drives) { drives_ = std::move(drives); }

  void violated(std::string verdict) { verdicts_.push_back(std::move(verdict)); }
  const std::vector<std::string>& verdicts() const { return verdicts_; }

 private:
  // The newest version that was served, and what the node had then.
  struct Newest {
    std::uint64_t version = 0;
    Elapsed end{0};
    std::uint64_t losses = 0;
    std::set<std::string> drives;
  };

  std::map<support::Url, Newest> newest_;
  std::set<std::string> drives_;
  std::uint64_t losses_ = 0;
  std::optional<Elapsed> interrupted_;
  std::optional<Elapsed> everywhere_;
  std::map<support::Url, Elapsed> urls_;
  std::map<support::Url, Elapsed> changes_;
  std::vector<std::string> verdicts_;
};

}  // namespace larder::simulation
