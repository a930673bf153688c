// Page: cursor pages of lists.
//
//     TRY(const PageQuery page, page_query(call.request, {{"name", "lower(n.name)"}, {"created_at", "n.created_at"}},
//     "name", {"q"})); sql += page.where("n.id", values);    // " AND (lower(n.name), n.id) > ($3, $4)", or "" sql +=
//     page.order("n.id");            // " ORDER BY lower(n.name), n.id LIMIT 51"
//     // select page.key() as a column, and hand key and id of each row to PageList
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace larder::api {

struct SortKey {
  std::string_view name;        // in the query: "name"
  std::string_view expression;  // in SQL; never null, a number or a text
};

class PageQuery {
 public:
  std::size_t limit = 50;
  bool descending = false;
  SortKey sort;

  /// SQL of the sort key, to be selected beside the columns.
  std::string_view key() const { return sort.expression; }
  /// " AND (key, id) > (...)" for what comes after the cursor, its values appended; "" on the first page.
  std::string where(std::string_view id_expression, std::vector<database::Value>& values) const;
  /// " ORDER BY ... LIMIT limit + 1".
  std::string order(std::string_view id_expression) const;

 private:
  friend portal::Outcome<PageQuery> page_query(const Request&, std::initializer_list<SortKey>, std::string_view,
                                               std::initializer_list<std::string_view>);
  std::optional<std::pair<database::Value, std::string>> after_;
};

/// Reads limit, cursor and sort; `usual`: the sort if none is given ("-created_at"). Every parameter that is none of
/// these and not in `filters` is a problem.
portal::Outcome<PageQuery> page_query(const Request& request, std::initializer_list<SortKey> sorts,
                                      std::string_view usual, std::initializer_list<std::string_view> filters = {});

// PageList: collects the items of one page.
class PageList {
 public:
  explicit PageList(const PageQuery& query) : query_(query) {}
  /// False: the page is full, and there is a next one. `key` is the row's page.key().
  bool add(boost::json::object item, const database::Value& key, const std::string& id);
  Response response();

 private:
  const PageQuery& query_;
  boost::json::array items_;
  std::string last_;
  bool more_ = false;
};

}  // namespace larder::api
