// What commands on single objects share: deleting after asking for the name, and editing what was read.
#pragma once

#include <string>

#include "cli/context.h"
#include "cli/lookup.h"

namespace larder::cli {

/// The name that has to be given for deleting `found`: `given`, or asked for at the terminal. Errors: kUsage (there is
/// no terminal), kConflict (another name).
Result<std::string> confirmed_name(Context& context, const Found& found, std::string_view noun,
                                   const std::string& given);

/// Deletes what is named by its name in the body, once the name is confirmed.
Result<> delete_named(Context& context, std::string_view collection, const Found& found, std::string_view noun,
                      const std::string& given);

/// GET, and PATCH with the version that was read (or `version`, what `show` printed earlier).
Result<Reply> edit(Context& context, const std::string& path, const RequestBody& body, const std::string& version);

}  // namespace larder::cli
