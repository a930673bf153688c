// OriginHistory: what an origin had and said, and when.
//
// Threads    one at a time (Auditor locks); a Version's object may be read from any.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/audit_terms.h"
#include "support/origin_script.h"

namespace larder::support {

// Version: one content of one URL, and until when the origin is known to have had it.
struct Version {
  OriginObject object;
  bool current = false;
  Elapsed last{0};  // known as current at this moment, and at none after it

  bool current_since(Elapsed moment) const { return current || last >= moment; }
};

using Versions = std::vector<std::shared_ptr<const Version>>;

/// 'the version "v1" of 1000 bytes (seed 7)'.
std::string to_string(const OriginObject& object);
bool same_version(const OriginObject& a, const OriginObject& b);

class OriginHistory {
 public:
  void published(const Url& url, const OriginObject& object, Elapsed at);
  void removed(const Url& url, Elapsed at);
  void given(const Url& url, const OriginObject& object, Elapsed at);
  void answered(const Url& asked, int status, Elapsed at);
  void redirected(const Url& from, const Url& to);
  void out(const Url& url, Elapsed from, Elapsed until) { add(outages_[url], from, until); }
  void held_up(const Url& url, Elapsed from, Elapsed until) { add(hold_ups_[url], from, until); }

  /// All contents that `url` ever had, and that the URLs had which it led to.
  Versions versions_of(const Url& url) const;
  /// The URLs whose contents `url` may show: its keys, and those of where they led.
  std::vector<Url> places_of(const Url& url) const;
  /// Whether the origin gave this status to exactly this, at `since` or later.
  bool has_answered(const Url& asked, int status, Elapsed since) const;
  bool was_out(const Url& url, Elapsed from, Elapsed until) const { return was_in(outages_, url, from, until); }
  bool was_held_up(const Url& url, Elapsed from, Elapsed until) const { return was_in(hold_ups_, url, from, until); }

 private:
  struct Time {
    Elapsed from;
    Elapsed until;
  };
  using Times = std::map<Url, std::deque<Time>>;  // those of each URL in their order

  static void add(std::deque<Time>& times, Elapsed from, Elapsed until);
  static bool was_in(const Times& times, const Url& url, Elapsed from, Elapsed until);

  std::shared_ptr<Version> version(const Url& url, const OriginObject& object);

  std::map<Url, std::vector<std::shared_ptr<Version>>> versions_;
  std::map<std::pair<Url, int>, Elapsed> answers_;  // when it was last given
  std::multimap<Url, Url> redirects_;
  Times outages_;
  Times hold_ups_;
};

}  // namespace larder::support
