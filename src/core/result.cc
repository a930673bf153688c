#include "core/result.h"

#include <cerrno>
#include <cstring>

namespace larder {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::kCancelled: return "cancelled";
    case Errc::kTimeout: return "timeout";
    case Errc::kUnavailable: return "unavailable";
    case Errc::kNotFound: return "not found";
    case Errc::kInvalid: return "invalid";
    case Errc::kCorrupt: return "corrupt";
    case Errc::kNoSpace: return "no space";
    case Errc::kConflict: return "conflict";
    case Errc::kRefused: return "refused";
  }
  return "unknown";
}

Errc to_errc(const std::error_code& error) {
  if (error == std::errc::operation_canceled) return Errc::kCancelled;
  if (error == std::errc::timed_out) return Errc::kTimeout;
  if (error == std::errc::no_such_file_or_directory) return Errc::kNotFound;
  if (error == std::errc::no_space_on_device) return Errc::kNoSpace;
  if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted) return Errc::kRefused;
  return Errc::kUnavailable;
}

std::unexpected<Error> fail_errno(int error_number, std::string_view what) {
  const std::error_code error(error_number, std::generic_category());
  return fail(to_errc(error), "{}: {}", what, error.message());
}

}  // namespace larder
