// refusal(): how a command tells that the portal did not do it: by the options that are wrong, and with what can be
// done.
#pragma once

#include <string_view>

#include "cli/failure.h"
#include "cli/request_body.h"
#include "client/failure.h"

namespace larder::cli {

/// `body`: what was sent. `portal`: its address. `if_refused`: what to do about a token that is not taken; "": to sign
/// in.
Failure refusal(const client::Failure& failure, const RequestBody& body, std::string_view portal,
                std::string_view if_refused = "");

}  // namespace larder::cli
