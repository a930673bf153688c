#include "database/postgres_error.h"

namespace larder::database {

Errc errc_of_sqlstate(std::string_view sqlstate) {
  if (wants_another_run(sqlstate) || ends_connection(sqlstate)) return Errc::kUnavailable;
  // unique, foreign key, restrict, exclusion
  if (sqlstate == "23505" || sqlstate == "23503" || sqlstate == "23001" || sqlstate == "23P01") return Errc::kConflict;
  if (sqlstate == "42P07" || sqlstate == "42710") return Errc::kConflict;  // a table or type that others made meanwhile
  if (sqlstate == "55P03" || sqlstate == "57014") return Errc::kTimeout;   // a lock; a statement
  if (sqlstate == "53100") return Errc::kNoSpace;
  if (sqlstate == "42501") return Errc::kRefused;  // the role may not do it
  if (sqlstate == "XX001" || sqlstate == "XX002") return Errc::kCorrupt;
  const std::string_view group = sqlstate.substr(0, 2);
  if (group == "53" || group == "57" || group == "58") return Errc::kUnavailable;  // resources, operator, system
  if (group == "28") return Errc::kRefused;                                        // who are you?
  return Errc::kInvalid;                                                           // a statement of ours that is wrong
}

bool wants_another_run(std::string_view sqlstate) {
  return sqlstate == "40001"     // not serializable
         || sqlstate == "40P01"  // deadlock
         || sqlstate == kTableChanged;
}

bool lacks_type(std::string_view sqlstate) { return sqlstate == "42P18" || sqlstate == "42P08"; }

bool has_wrong_type(std::string_view sqlstate) { return sqlstate == "42883" || sqlstate == "42804"; }

bool ends_connection(std::string_view sqlstate) {
  if (sqlstate == "08P01") return false;  // too few values: our mistake
  return sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "25P03" || sqlstate.empty();
}

}  // namespace larder::database
