// Address blocks from what people have: lists, ranges, and tables with a header, as address plans and clouds give them.
#pragma once

#include <string_view>
#include <vector>

#include "cli/cidr_options.h"
#include "command_line/quantity.h"

namespace larder::cli {

/// The entries of a text, as command_line::split_list() has them, but for two things: blanks around the dash of a range
/// separate nothing; and of a table (CSV) whose first line is a header, only the first column that has blocks counts.
std::vector<command_line::ListedPart> split_blocks(std::string_view text);

/// The fewest blocks with the addresses of all `blocks`, ranges ("10.0.0.0-10.0.1.255") too. What is neither stays as
/// it is, behind them: the portal says what is wrong with it.
std::vector<CidrBlock> aggregated(const std::vector<CidrBlock>& blocks);

}  // namespace larder::cli
