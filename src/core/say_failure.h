// say_failure(): why a program ends, on standard error.
#pragma once

#include <string_view>

namespace larder {

/// "larder-node: TEXT". Where standard error is systemd's journal, each line is an error there and not just
/// information. Source: sd-daemon(3), systemd.exec(5): $JOURNAL_STREAM.
void say_failure(std::string_view program, std::string_view text);

}  // namespace larder
