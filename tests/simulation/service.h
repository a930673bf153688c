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

  // Served: a response with bytes of a version.
  struct Served {
    std::uint64_t version = 0;  // the how many-th of the URL
    std::uint64_t tag = 0;      // what its origin confirms it by: two versions with one weak tag have one
    std::uint64_t losses = 0;   // losses() when the request began
    Elapsed begin{0};
    Elapsed end{0};
  };
  void served(const support::Url& url, const Served& served);
  std::uint64_t losses() const { return losses_; }
  /// The node may have lost what it knew.
  void may_forget() { ++losses_; }
  /// The node starts with these drives.
  void started(std::set<std::string> drives);

  void violated(std::string verdict) { verdicts_.push_back(std::move(verdict)); }
  const std::vector<std::string>& verdicts() const { return verdicts_; }

 private:
  // The newest version that was served, and what the node had then.
  struct Newest {
    std::uint64_t version = 0;
    std::uint64_t tag = 0;
    Elapsed end{0};
    std::uint64_t losses = 0;
    std::uint64_t reunions = 0;
    std::set<std::string> drives;
  };

  bool is_reunion(const std::set<std::string>& drives) const;

  std::map<support::Url, Newest> newest_;
  std::set<std::string> drives_;
  std::map<std::string, std::set<std::string>> last_used_with_;  // of each drive: those of its last life, and itself
  std::uint64_t reunions_ = 0;                                   // starts with drives that were used apart
  std::uint64_t losses_ = 0;
  std::optional<Elapsed> interrupted_;
  std::optional<Elapsed> everywhere_;
  std::map<support::Url, Elapsed> urls_;
  std::map<support::Url, Elapsed> changes_;
  std::vector<std::string> verdicts_;
};

}  // namespace larder::simulation
