// Page: cursor pages of lists.
//
//     TRY(const portal::PageQuery page, page_query(call.request,
//         {{"name", "lower(n.name)"}, portal::by_time("created_at", "n.created_at")}, "name", {"q"}));
//     sql += page.where("n.id", values);   // " AND (lower(n.name), n.id) > ($3, $4)", or ""
//     sql += page.order("n.id");           // " ORDER BY lower(n.name), n.id LIMIT 51"
//     // select page.key() as a column, and hand key and id of each row to PageList
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "portal/page_query.h"

namespace larder::api {

/// Reads limit, cursor and sort; `usual`: the sort if none is given ("-created_at"). Every parameter that is none of
/// these and not in `filters` is a problem. Errors: kInvalid; kMalformed (the cursor, which says so).
portal::Result<portal::PageQuery> page_query(const Request& request, std::initializer_list<portal::SortKey> sorts,
                                             std::string_view usual,
                                             std::initializer_list<std::string_view> filters = {});

// PageList: collects the items of one page.
class PageList {
 public:
  explicit PageList(const portal::PageQuery& query) : query_(query) {}
  /// False: the page is full, and there is a next one. `key` is the row's page.key().
  bool add(boost::json::object item, const database::Value& key, const std::string& id);
  Response response();

 private:
  const portal::PageQuery& query_;
  boost::json::array items_;
  std::string last_;
  bool more_ = false;
};

}  // namespace larder::api
