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

#include "simulation/trace.h"
#include "support/auditor.h"

namespace larder::simulation {

class Service {
 public:
  using Elapsed = support::Elapsed;

  explicit Service(Trace& trace) : trace_(trace) {}

  /// How long a reason holds: what a node waits for an origin, and tries again.
  static constexpr Elapsed kMemory = std::chrono::seconds(20);

  /// Something that may break off every response that has begun: a kill, a drive that fails.
  void interrupted(Elapsed at) { interrupted_ = at; }
  /// Something that may still trouble responses that begin later: a network or a drive that stood still.
  void disturbed(Elapsed at) { everywhere_ = std::max(everywhere_.value_or(at), at); }
  /// Something that may disturb the responses with this URL's content.
  void disturbed(const support::Url& url, Elapsed at);
  /// An origin says nothing to conditions until then: only who has all of the object can do without it.
  void silent(const support::Url& url, Elapsed until) { silences_[url] = std::max(silences_[url], until); }
  /// What an origin sends comes slowly until then, and yet in time for who reads it from where it begins.
  void slow(const support::Url& url, Elapsed until) { slow_[url] = std::max(slow_[url], until); }
  /// A body that comes slowly (the one on that connection) has got that far: who is further already waits for more.
  void slow_body(const support::Url& url, std::uint64_t connection, std::uint64_t position, Elapsed at) {
    slow_bodies_[url][connection] = {position, at};
  }
  /// Whether one that was still under way since `begin`, and kMemory before `now`, had not got to `position`.
  bool is_ahead_of_slow_body(const support::Url& url, std::uint64_t position, Elapsed begin, Elapsed now) const;
  /// A query of the URL's is refused, or is not answered, until then: others may get what is old meanwhile.
  void refused(const support::Url& url, Elapsed until) { refused_[url] = std::max(refused_[url], until); }
  /// Bodies of that host's that come slowly hold its share of the node's fill memory until then.
  void crowded(const std::string& host, Elapsed until);
  /// The URL's content changed: what had begun before may break off.
  void changed(const support::Url& url, Elapsed at) { changes_[url] = at; }
  /// Whether a response that began at `begin` had a reason to fail.
  bool excused(const support::Url& url, Elapsed begin) const;
  /// Whether the origin may not have answered meanwhile.
  bool is_disturbed(const support::Url& url, Elapsed begin) const;
  bool is_silent(const support::Url& url, Elapsed begin) const { return holds(silences_, url, begin); }
  bool is_slow(const support::Url& url, Elapsed begin) const { return holds(slow_, url, begin); }

  // Who wants what.

  void asks(const support::Url& url) { ++wanted_[url].by; }
  void has_done(const support::Url& url, Elapsed at) { wanted_[url] = {wanted_[url].by - 1, at}; }
  /// For how long nobody has asked for anything of the URL; nothing: somebody does.
  std::optional<Elapsed> unwanted_for(const support::Url& url, Elapsed now) const;

  /// All of that version of the URL came from the node, which has given nothing up in this life: so it has all of it,
  /// as long as the origin neither changes the content nor tells lies about it.
  void keeps_all(const support::Url& url, std::uint64_t version) { kept_[url] = {lives_, version}; }
  bool has_all(const support::Url& url, std::uint64_t version) const;

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
  /// The node may have lost what it knew, or was told to.
  void may_forget() {
    ++losses_;
    kept_.clear();
  }
  /// The node starts with these drives.
  void started(std::set<std::string> drives);

  void violated(std::string verdict) {
    trace_.note("WRONG: {}", verdict);
    verdicts_.push_back(std::move(verdict));
  }
  const std::vector<std::string>& verdicts() const { return verdicts_; }

 private:
  struct Wanted {
    unsigned by = 0;  // requests
    Elapsed since{0};
  };
  // The newest version that was served, and what the node had then.
  struct Newest {
    std::uint64_t version = 0;
    std::uint64_t tag = 0;
    Elapsed end{0};
    std::uint64_t losses = 0;
    std::uint64_t reunions = 0;
    std::set<std::string> drives;
  };

  Trace& trace_;

  bool is_reunion(const std::set<std::string>& drives) const;
  static bool holds(const std::map<support::Url, Elapsed>& reasons, const support::Url& url, Elapsed begin);

  std::map<support::Url, Newest> newest_;
  std::set<std::string> drives_;
  std::map<std::string, std::set<std::string>> last_used_with_;  // of each drive: those of its last life, and itself
  std::uint64_t reunions_ = 0;                                   // starts with drives that were used apart
  std::uint64_t losses_ = 0;
  std::uint64_t lives_ = 0;
  std::map<support::Url, std::pair<std::uint64_t, std::uint64_t>> kept_;  // in which life, of which version
  std::map<support::Url, Wanted> wanted_;
  std::optional<Elapsed> interrupted_;
  std::optional<Elapsed> everywhere_;
  std::map<support::Url, Elapsed> urls_;
  std::map<support::Url, Elapsed> silences_;
  std::map<support::Url, Elapsed> slow_;
  // How far a body had got, and when that was.
  struct Reached {
    std::uint64_t position = 0;
    Elapsed at{0};
  };
  std::map<support::Url, std::map<std::uint64_t, Reached>> slow_bodies_;
  std::map<support::Url, Elapsed> refused_;
  std::map<support::Url, Elapsed> crowded_;  // of hosts
  std::map<support::Url, Elapsed> changes_;
  std::vector<std::string> verdicts_;
};

}  // namespace larder::simulation
