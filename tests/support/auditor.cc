#include "support/auditor.h"

#include <algorithm>

namespace larder::support {
namespace {

// A broken cache makes many: more than these tell nobody anything.
constexpr std::size_t kMostViolations = 100;

// `a - b`, but not below all moments.
Elapsed before(Elapsed a, Elapsed b) { return b == kForever ? Elapsed::min() : a - b; }

}  // namespace

void Auditor::allow_age(const Url& url, Freshness freshness) {
  const std::lock_guard lock(mutex_);
  freshness_[url] = freshness;
}

void Auditor::allow_refetch(const Url& url, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  load_.allow_refetch(url, bytes);
}

void Auditor::serves(const std::string& host) {
  const std::lock_guard lock(mutex_);
  served_hosts_.insert(host);
}

void Auditor::may_refuse(const std::string& host) {
  const std::lock_guard lock(mutex_);
  served_hosts_.erase(host);
}

void Auditor::expect_violation(std::string text) {
  const std::lock_guard lock(mutex_);
  expected_.push_back(std::move(text));
}

void Auditor::published(const Url& url, const OriginObject& object, Elapsed at) {
  const std::lock_guard lock(mutex_);
  history_.published(url, object, at);
}

void Auditor::removed(const Url& url, Elapsed at) {
  const std::lock_guard lock(mutex_);
  history_.removed(url, at);
}

void Auditor::given(const Url& url, const OriginObject& object, Elapsed at) {
  const std::lock_guard lock(mutex_);
  history_.given(url, object, at);
}

void Auditor::answered(const Url& asked, int status, Elapsed at) {
  const std::lock_guard lock(mutex_);
  history_.answered(asked, status, at);
}

void Auditor::redirected(const Url& from, const Url& to) {
  const std::lock_guard lock(mutex_);
  history_.redirected(from, to);
}

void Auditor::sent(const Url& url, const OriginObject& object, std::uint64_t begin, std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  load_.sent(url, object, begin, end);
}

void Auditor::out(const Url& url, Elapsed from, Elapsed until) {
  const std::lock_guard lock(mutex_);
  history_.out(url, from, until);
}

void Auditor::held_up(const Url& url, Elapsed from, Elapsed until) {
  const std::lock_guard lock(mutex_);
  history_.held_up(url, from, until);
}

void Auditor::purged(const Url& url, bool hard, Elapsed at) {
  const std::lock_guard lock(mutex_);
  purges_[url].push_back({at, hard});
}

Elapsed Auditor::last_purge(const Url& url, Elapsed begin, bool hard) const {
  Elapsed last{0};
  for (const Url& key : scopes_of(url)) {
    const auto found = purges_.find(key);
    if (found == purges_.end()) continue;
    for (const Purged& purge : found->second) {
      if (purge.at <= begin && (purge.hard || !hard)) last = std::max(last, purge.at);
    }
  }
  return last;
}

ResponseAudit Auditor::open(ClientRequest request, Elapsed begin) {
  {
    const std::lock_guard lock(mutex_);
    load_.asked(request);
  }
  return ResponseAudit(*this, std::move(request), begin);
}

std::uint64_t Auditor::responses() const {
  const std::lock_guard lock(mutex_);
  return responses_;
}

void Auditor::count_response() {
  const std::lock_guard lock(mutex_);
  ++responses_;
}

Versions Auditor::versions_of(const Url& url) const {
  const std::lock_guard lock(mutex_);
  return history_.versions_of(url);
}

bool Auditor::is_served(const std::string& host) const {
  const std::lock_guard lock(mutex_);
  return served_hosts_.contains(host);
}

bool Auditor::has_answered(const Url& asked, int status, Elapsed begin) const {
  const std::lock_guard lock(mutex_);
  return history_.has_answered(asked, status, before(begin, options_.answer_memory));
}

void Auditor::report(std::string sentence) {
  const std::lock_guard lock(mutex_);
  if (violations_.size() < kMostViolations) {
    violations_.push_back(std::move(sentence));
  } else {
    ++more_violations_;
  }
}

Freshness Auditor::freshness_of(const Url& url) const {
  for (const Url& key : scopes_of(url)) {
    const auto found = freshness_.find(key);
    if (found != freshness_.end()) return found->second;
  }
  return {};
}

bool Auditor::is_excused(const Suspicion& suspicion) const {
  const Freshness freshness = freshness_of(suspicion.url);
  const auto is_of = [&](Elapsed since) {
    return std::ranges::any_of(suspicion.versions, [&](const auto& version) { return version->current_since(since); });
  };
  const Elapsed since =
      std::max(before(suspicion.begin, freshness.age), last_purge(suspicion.url, suspicion.begin, false));
  const bool fresh = is_of(since);
  if (fresh || !freshness.stale_while_out) return fresh;
  if (!is_of(last_purge(suspicion.url, suspicion.begin, true))) return false;
  return history_.was_held_up(suspicion.url, suspicion.begin, suspicion.end) ||
         history_.was_out(suspicion.url, before(suspicion.begin, freshness.outage_memory), suspicion.end);
}

void Auditor::require_fresh(Suspicion suspicion) {
  const std::lock_guard lock(mutex_);
  if (is_excused(suspicion)) return;
  const auto newest =
      std::ranges::max_element(suspicion.versions, {}, [](const auto& version) { return version->last; });
  suspicion.sentence += to_string((*newest)->object) + ", which the origin last had at " + to_string((*newest)->last) +
                        ": it may be " + to_string(freshness_of(suspicion.url).age) + " old";
  const Elapsed purged = last_purge(suspicion.url, suspicion.begin, false);
  if (purged > Elapsed{0}) suspicion.sentence += ", and was purged at " + to_string(purged);
  if (suspicions_.size() >= kMostViolations) {
    std::erase_if(suspicions_, [this](const Suspicion& older) { return is_excused(older); });
  }
  if (suspicions_.size() < kMostViolations) {
    suspicions_.push_back(std::move(suspicion));
  } else {
    ++more_violations_;
  }
}

std::vector<std::string> Auditor::verdicts() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all = violations_;
  for (const Suspicion& suspicion : suspicions_) {
    if (!is_excused(suspicion)) all.push_back(suspicion.sentence);
  }
  const auto overloads = load_.complaints([this](const Url& url) { return history_.places_of(url); });
  all.insert(all.end(), overloads.begin(), overloads.end());

  std::vector<std::string> unmet;
  for (const std::string& text : expected_) {
    const bool came = std::ranges::any_of(all, [&](const std::string& sentence) { return sentence.contains(text); });
    if (!came) unmet.push_back("a violation was expected and did not come: " + text);
  }
  std::erase_if(all, [&](const std::string& sentence) {
    return std::ranges::any_of(expected_, [&](const std::string& text) { return sentence.contains(text); });
  });
  all.insert(all.end(), unmet.begin(), unmet.end());
  if (more_violations_ > 0) all.push_back("and " + std::to_string(more_violations_) + " more");
  return all;
}

}  // namespace larder::support
