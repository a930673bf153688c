#include "cache/url_entry.h"

#include <utility>

namespace larder::cache {

UrlEntry::Step UrlEntry::begin(SteadyTime now, const std::shared_ptr<net::Wakeup>& wakeup) {
  const std::lock_guard lock(mutex_);
  if (object_ && object_->usable(now)) return {Next::kServe, object_, round_};
  if (now < forward_.until) return {Next::kForward, nullptr, round_, forward_};
  if (busy_) {
    waiting_.push_back(wakeup);
    return {Next::kWait, object_, round_};
  }
  busy_ = true;
  if (!object_ && !looked_on_disk_) {
    looked_on_disk_ = true;
    return {Next::kLoad, nullptr, round_};
  }
  waiting_.push_back(wakeup);
  return {object_ ? Next::kRevalidate : Next::kLearn, object_, round_};
}

void UrlEntry::loaded(std::shared_ptr<Object> object) { end_round(std::move(object), {}); }

void UrlEntry::finish(RoundEnd end) {
  std::shared_ptr<Object> object;
  if (const auto* found = std::get_if<std::shared_ptr<Object>>(&end)) object = *found;
  end_round(std::move(object), std::move(end));
}

void UrlEntry::end_round(std::shared_ptr<Object> object, RoundEnd end) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    CHECK(busy_, "a round ended that had not begun");
    if (object) {
      if (object_ && object_ != object) object_->supersede();
      object_ = std::move(object);
    }
    if (const auto* forward = std::get_if<Forward>(&end)) forward_ = *forward;
    last_end_ = std::move(end);
    busy_ = false;
    ++round_;
    waiting.swap(waiting_);
  }
  for (const auto& wakeup : waiting) wakeup->notify();
}

RoundEnd UrlEntry::end_of(std::uint64_t round) const {
  const std::lock_guard lock(mutex_);
  return round_ == round + 1 ? last_end_ : RoundEnd{};
}

bool UrlEntry::round_over(std::uint64_t round) const {
  const std::lock_guard lock(mutex_);
  return round_ > round;
}

void UrlEntry::may_be_kept() {
  const std::lock_guard lock(mutex_);
  if (forward_.reason != ForwardReason::kChanging) forward_ = {};
}

std::shared_ptr<Object> UrlEntry::object() const {
  const std::lock_guard lock(mutex_);
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
