// read_response_head(): the head of the answer to a request that was just sent.
#pragma once

#include "core/task.h"
#include "http/head_buffer.h"
#include "http/response_head.h"
#include "net/byte_stream.h"

namespace larder::http {

/// Reads the final head into `head`, a long value that nothing needs twice; interim ones (1xx) are passed over, and a
/// few empty lines behind them. The head's views and `buffer` belong together: when done with the head,
/// buffer.consume(head.size), and what is then unread begins the body. Errors: kTimeout, kCancelled; kUnavailable
/// (closed before a whole head; "before the first byte" in the text if so: a pooled connection that had gone stale);
/// kInvalid (no HTTP/1 response head).
Task<Result<>> read_response_head(net::ByteStream& stream, HeadBuffer& buffer, ResponseHead& head);

}  // namespace larder::http
