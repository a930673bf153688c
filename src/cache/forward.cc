#include "cache/forward.h"

namespace larder::cache {

std::optional<ForwardReason> why_forward(const ObjectInfo& info, bool has_drives) {
  if (info.forbidden) return ForwardReason::kForbidden;
  if (!info.single) return std::nullopt;
  const bool cannot_be_asked_about = info.etag.empty() && info.last_modified.empty();
  if (info.fresh_until <= info.checked && cannot_be_asked_about) return ForwardReason::kNoValidator;
  if (!has_drives) return ForwardReason::kNoDrive;
  return std::nullopt;
}

}  // namespace larder::cache
