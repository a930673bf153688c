// How commands show lists and objects of the API: as tables, or as JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "cli/context.h"
#include "terminal/columns.h"
#include "terminal/record.h"
#include "terminal/wording.h"

namespace larder::cli {

using terminal::Cell;
using terminal::Column;
using terminal::Fit;
using terminal::flag_column;
using terminal::number_column;
using terminal::Record;
using terminal::short_time;
using terminal::state_cell;
using terminal::state_column;
using terminal::Table;
using terminal::text_column;
using terminal::time_column;

/// What --limit says; `usual` if it was not given. Errors: kUsage.
Result<std::size_t> parse_limit(const std::string& text, std::size_t usual);

void show_list(Context& context, const boost::json::array& items, const std::vector<Column>& columns,
               std::string_view if_none);

/// What admins are told of names that look like others: for one thing a line each, for a list a column if there are
/// any.
void add_look_alikes(Record& record, const boost::json::value& item);
std::vector<Column> with_look_alikes(std::vector<Column> columns, const boost::json::array& items);

}  // namespace larder::cli
