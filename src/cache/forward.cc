#include "cache/forward.h"

namespace larder::cache {
namespace {

// Of what is kept in memory of each of a few hundred thousand objects.
constexpr std::size_t kMostWeight = 4096;

std::size_t weight(const ObjectInfo& info) {
  std::size_t sum = info.url.size() + info.etag.size() + info.last_modified.size();
  for (const auto& [name, value] : info.fields) sum += name.size() + value.size();
  return sum;
}

}  // namespace

std::optional<ForwardReason> why_no_longer(const ObjectInfo& info) {
  if (info.forbidden) return ForwardReason::kForbidden;
  if (weight(info) > kMostWeight) return ForwardReason::kTooLong;
  return std::nullopt;
}

std::optional<ForwardReason> why_forward(const ObjectInfo& info, bool has_drives, bool untold) {
  if (const auto why = why_no_longer(info)) return why;
  const bool cannot_be_asked_about = info.etag.empty() && info.last_modified.empty();
  if (info.single && info.fresh_until <= info.checked && cannot_be_asked_about) return ForwardReason::kNoValidator;
  if ((info.single || untold) && !has_drives) return ForwardReason::kNoDrive;
  return std::nullopt;
}

}  // namespace larder::cache
