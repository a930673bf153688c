#include "cache/url_entry.h"

#include <utility>

namespace larder::cache {

UrlEntry::Step UrlEntry::begin(SteadyTime now, const std::shared_ptr<net::Wakeup>& wakeup,
                               std::shared_ptr<const origin::OriginRequest> asked) {
  const std::lock_guard lock(mutex_);
  if (asked) heed_purges(asked->target);
  const bool is_usable =
      object_ && (object_->usable(now) || (asked && object_->usable_for(request_number(asked->target), now)));
  if (is_usable) return {Next::kServe, object_, nullptr};
  if (now < forward_.until) return {Next::kForward, nullptr, nullptr, forward_};
  if (round_) {
    waiting_.push_back(wakeup);
    return {Next::kWait, object_, round_};
  }
  if (!object_ && !looked_on_disk_) {
    round_ = std::make_shared<Round>(nullptr);
    looked_on_disk_ = true;
    dropped_ = false;
    return {Next::kLoad, nullptr, nullptr};
  }
  round_ = std::make_shared<Round>(std::move(asked), object_, purges_ == nullptr ? 0 : purges_->last());
  waiting_.push_back(wakeup);
  return {object_ ? Next::kRevalidate : Next::kLearn, object_, round_};
}

/// Has the object and the round under way know of what was purged. REQUIRES: mutex_.
void UrlEntry::heed_purges(const origin::Target& target) {
  if (purges_ == nullptr) return;
  if (object_) purges_->heed(*object_, target);
  if (object_ && object_->purged()) object_ = nullptr;
  // What a drive has is looked at when it comes.
  const bool asks_origin = round_ && round_->asked();
  if (asks_origin && purges_->concern(target, round_->purges())) round_ = nullptr;
}

bool UrlEntry::is_purged(Object& found, const Round& round) const {
  if (purges_ == nullptr || !round.asked()) return false;
  purges_->heed(found, round.asked()->target);
  return found.outdated();
}

/// Whether another round has brought an object since `round` began: then that is the URL's, and what was asked for
/// before it replaces nothing that is being read. REQUIRES: mutex_.
bool UrlEntry::is_late(const Round& round) const { return object_ && object_ != round.at_hand(); }

/// `object` becomes the one that is the URL's. REQUIRES: mutex_.
void UrlEntry::take(std::shared_ptr<Object>& object) {
  const bool is_same = object_ && object_->id() == object->id() && !object_->superseded();
  if (is_same) {
    object = object_;  // whoever reads it goes on
    return;
  }
  if (object_) object_->supersede();
  object_ = object;
}

void UrlEntry::loaded(std::shared_ptr<Object> object) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    CHECK(round_, "a round ended that had not begun");
    if (object && !dropped_) take(object);
    std::exchange(round_, nullptr)->finish({}, false);
    waiting.swap(waiting_);
  }
  for (const auto& wakeup : waiting) wakeup->notify();
}

void UrlEntry::overtake(const std::shared_ptr<Round>& round) {
  const std::lock_guard lock(mutex_);
  if (round_ == round) round_ = nullptr;
}

bool UrlEntry::finish(const std::shared_ptr<Round>& round, RoundEnd end, bool for_all) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  bool is_taken = true;
  {
    const std::lock_guard lock(mutex_);
    const bool late = is_late(*round);
    if (auto* found = std::get_if<std::shared_ptr<Object>>(&end)) {
      const bool purged = is_purged(**found, *round);
      is_taken = !purged && !(*found)->superseded() && (!late || (*found)->id() == object_->id());
      if (is_taken) {
        take(*found);
      } else {
        if (!purged || *found != round->at_hand()) (*found)->supersede();
        end = RoundEnd();
      }
    }
    const auto* forward = std::get_if<Forward>(&end);
    if (forward != nullptr && !forward->is_refusal && !late) forward_ = *forward;
    round->finish(std::move(end), for_all);
    if (round_ == round) round_ = nullptr;
    // Those of another round look too: what was found is for them as well.
    waiting.swap(waiting_);
  }
  for (const auto& wakeup : waiting) wakeup->notify();
  return is_taken;
}

void UrlEntry::may_be_kept() {
  const std::lock_guard lock(mutex_);
  if (forward_.reason != ForwardReason::kChanging) forward_ = {};
}

void UrlEntry::drop() {
  const std::lock_guard lock(mutex_);
  dropped_ = true;
  if (!object_) return;
  object_->supersede();
  object_ = nullptr;
}

std::shared_ptr<Object> UrlEntry::object() const {
  const std::lock_guard lock(mutex_);
  return object_;
}

UrlEntry::Standing UrlEntry::standing() const {
  const std::lock_guard lock(mutex_);
  return {object_, round_ != nullptr, forward_};
}

std::shared_ptr<Object> UrlEntry::object(const origin::Target& target) {
  const std::lock_guard lock(mutex_);
  if (object_ && purges_ != nullptr) heed_purges(target);
  return object_;
}

bool UrlEntry::forget(const std::shared_ptr<Object>& object, Why why, SteadyTime now) {
  object->supersede();
  const std::lock_guard lock(mutex_);
  if (object_ != object) return false;
  object_ = nullptr;
  if (why != Why::kChanged) return true;
  if (now - first_change_ > kChangesCounted) {
    first_change_ = now;
    changes_ = 0;
  }
  if (++changes_ >= kMostChanges) forward_ = {ForwardReason::kChanging, now + kChangesCounted};
  return true;
}

}  // namespace larder::cache
