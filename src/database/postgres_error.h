// What PostgreSQL's five-character codes of errors mean for a caller.
//
// Source     PostgreSQL 15, appendix A
#pragma once

#include <string_view>

#include "core/result.h"

namespace larder::database {

Errc errc_of_sqlstate(std::string_view sqlstate);
/// The transaction failed because of others that ran beside it: the same again may well do.
bool wants_another_run(std::string_view sqlstate);
/// The server has ended the connection, or is about to.
bool ends_connection(std::string_view sqlstate);

/// A parameter without a type is where its type is open, or two places want two types of it.
bool lacks_type(std::string_view sqlstate);
/// A value of one type is where another one is wanted.
bool has_wrong_type(std::string_view sqlstate);

inline constexpr std::string_view kTableChanged = "0A000";  // what a prepared statement gives has changed since

}  // namespace larder::database
