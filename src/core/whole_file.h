// write_whole_file(): a file that others see whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace larder {

/// Written aside as `file`.new and renamed. Errors: kUnavailable, kNoSpace, kRefused and others, naming the file.
Result<> write_whole_file(const std::string& file, std::string_view text);

}  // namespace larder
