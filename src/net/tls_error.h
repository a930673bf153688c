// What OpenSSL has to say about the last thing that failed on this thread.
#pragma once

#include <string>

namespace larder::net {

/// The oldest queued reason, for people; empties the queue. "no reason given" if there is none.
std::string take_tls_error();

}  // namespace larder::net
