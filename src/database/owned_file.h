// make_owned_file(): a file beside a database, for the user whose database it is.
//
// Threads    any.
#pragma once

#include <string>

#include "core/descriptor.h"
#include "core/result.h"

namespace larder::database {

/// Makes the file `path`, which only its owner may read. What root makes belongs to whom the database `database`
/// belongs, or if there is none yet, its folder; "": to root. Errors: kConflict (there is something), those of the
/// system.
Result<Descriptor> make_owned_file(const std::string& path, const std::string& database);
/// Opens it to read and write; it is made as above if it is not there. Errors: those of the system.
Result<Descriptor> open_owned_file(const std::string& path, const std::string& database);

}  // namespace larder::database
