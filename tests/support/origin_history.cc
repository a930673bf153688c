#include "support/origin_history.h"

#include <algorithm>

namespace larder::support {

std::string to_string(const OriginObject& object) {
  const std::string& name = object.etag.empty() ? object.last_modified : object.etag;
  return "the version " + (name.empty() ? "without validators" : name) + " of " + std::to_string(object.size) +
         " bytes (seed " + std::to_string(object.seed) + ")";
}

bool same_version(const OriginObject& a, const OriginObject& b) {
  return a.seed == b.seed && a.size == b.size && a.etag == b.etag && a.last_modified == b.last_modified &&
         a.prefix == b.prefix;
}

std::shared_ptr<Version> OriginHistory::version(const Url& url, const OriginObject& object) {
  auto& known = versions_[url];
  // The one that is meant is nearly always the newest.
  for (auto it = known.rbegin(); it != known.rend(); ++it) {
    if (same_version((*it)->object, object)) return *it;
  }
  known.push_back(std::make_shared<Version>(Version{object, false, Elapsed(0)}));
  return known.back();
}

void OriginHistory::published(const Url& url, const OriginObject& object, Elapsed at) {
  removed(url, at);
  const auto now = version(url, object);
  now->current = true;
  now->last = std::max(now->last, at);
}

void OriginHistory::removed(const Url& url, Elapsed at) {
  for (const auto& known : versions_[url]) {
    if (known->current) known->last = std::max(known->last, at);
    known->current = false;
  }
}

void OriginHistory::given(const Url& url, const OriginObject& object, Elapsed at) {
  const auto now = version(url, object);
  now->last = std::max(now->last, at);
}

void OriginHistory::answered(const Url& asked, int status, Elapsed at) {
  Elapsed& last = answers_[{asked, status}];
  last = std::max(last, at);
}

void OriginHistory::redirected(const Url& from, const Url& to) {
  const auto [begin, end] = redirects_.equal_range(from);
  const bool known = std::any_of(begin, end, [&](const auto& redirect) { return redirect.second == to; });
  if (!known) redirects_.emplace(from, to);
}

void OriginHistory::add(std::deque<Time>& times, Elapsed from, Elapsed until) {
  if (!times.empty() && from <= times.back().until) {
    times.back().until = std::max(times.back().until, until);
  } else {
    times.push_back({from, until});
  }
}

std::vector<Url> OriginHistory::places_of(const Url& url) const {
  std::vector<Url> places = keys_of(url);
  for (std::size_t i = 0; i < places.size(); ++i) {  // grows on the way
    const auto [begin, end] = redirects_.equal_range(places[i]);
    for (auto it = begin; it != end; ++it) {
      for (const Url& key : keys_of(it->second)) {
        if (std::ranges::find(places, key) == places.end()) places.push_back(key);
      }
    }
  }
  return places;
}

Versions OriginHistory::versions_of(const Url& url) const {
  Versions all;
  for (const Url& place : places_of(url)) {
    const auto found = versions_.find(place);
    if (found != versions_.end()) all.insert(all.end(), found->second.begin(), found->second.end());
  }
  return all;
}

bool OriginHistory::has_answered(const Url& asked, int status, Elapsed since) const {
  const auto found = answers_.find({asked, status});
  return found != answers_.end() && found->second >= since;
}

bool OriginHistory::was_in(const Times& times, const Url& url, Elapsed from, Elapsed until) {
  std::vector<Url> places = keys_of(url);
  places.push_back({url.host, "", ""});
  places.push_back({});
  for (const Url& place : places) {
    const auto found = times.find(place);
    if (found == times.end()) continue;
    for (auto time = found->second.rbegin(); time != found->second.rend(); ++time) {
      if (time->until < from) break;
      if (time->from <= until) return true;
    }
  }
  return false;
}

}  // namespace larder::support
