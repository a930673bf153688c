// Page: cursor pages of lists.
//
//     TRY(const ledger::PageQuery page, page_query(call.request,
//         {{"name", "lower(n.name)"}, ledger::by_time("created_at", "n.created_at")}, "name", {"q"}));
//     sql += page.where("n.id", values);   // " AND (lower(n.name), n.id) > ($3, $4)", or ""
//     sql += page.order("n.id");           // " ORDER BY lower(n.name), n.id LIMIT 51"
//     // select page.key() as a column, and hand key and id of each row to PageList
#pragma once

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/call.h"
#include "ledger/page_query.h"

namespace larder::api {

/// Reads limit, cursor and sort; `usual`: the sort if none is given ("-created_at"). Every parameter that is none of
/// these and not in `filters` is a problem. Errors: kInvalid; kMalformed (the cursor, which says so).
ledger::Result<ledger::PageQuery> page_query(const Request& request, std::initializer_list<ledger::SortKey> sorts,
                                             std::string_view usual,
                                             std::initializer_list<std::string_view> filters = {});

// PageList: collects the items of one page, as text.
//
// Cost       a page ends early once it has kPageBytes: few items can be large ones (a node with thousands of blocks).
class PageList {
 public:
  static constexpr std::size_t kPageBytes = 2 << 20;

  explicit PageList(const ledger::PageQuery& query) : query_(query) {}
  /// False: the page is full, and there is a next one. `key` is the row's page.key().
  bool add(const boost::json::object& item, const database::Value& key, const std::string& id);
  /// The same, of JSON text.
  bool add(std::string_view item, const database::Value& key, const std::string& id);
  Response response();

 private:
  const ledger::PageQuery& query_;
  std::string items_;
  std::size_t count_ = 0;
  std::string last_;
  bool more_ = false;
};

/// Where the page goes on after an item: what its `next` says, and Response::next of an answer in pieces.
std::string cursor_after(const ledger::PageQuery& query, const database::Value& key, const std::string& id);
/// What such a text stands for; nullopt: it was not made for this sort.
std::optional<std::pair<database::Value, std::string>> read_cursor(std::string_view text,
                                                                   const ledger::PageQuery& query);

/// A page of large items, a few of which are loaded at a time. `load(step)` returns a Result of Step<T> for the
/// PageQuery `step`; `show(T&)` the JSON, or its text, and the id of one.
template <class Load, class Show>
ledger::Result<Response> page_in_steps(const ledger::PageQuery& page, Load load, Show show) {
  constexpr std::size_t kStep = 32;
  PageList items(page);
  ledger::PageQuery step = page;
  step.limit = std::min(page.limit, kStep);
  for (;;) {
    TRY(auto found, load(step));
    for (auto& [item, key] : found.items) {
      const auto [json, id] = show(item);
      if (!items.add(json, key, id)) return items.response();
      step.after = {key, id};
    }
    if (!found.more) return items.response();
  }
}

}  // namespace larder::api
