#include "api/page.h"

#include <sodium.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "core/json.h"
#include "ledger/secret.h"
#include "ledger/text_gate.h"

namespace larder::api {
namespace {

constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t kCursorLimit = 2000;
constexpr std::size_t kPageLimit = 500;
constexpr std::int64_t kLastTime_ms = 253'402'300'799'999;  // of the year 9999
// As lax as names ever were: the next page must be found whatever the last name of this one is.
constexpr ledger::TextRule kKeyText = {.most = kCursorLimit, .shape = ledger::TextShape::kSecret};

std::string encode(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64), '\0');
  ::sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      kBase64);
  text.pop_back();
  return text;
}

std::optional<std::string> decode(std::string_view text) {
  if (text.size() > kCursorLimit) return std::nullopt;
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (::sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                          nullptr, &size, nullptr, kBase64) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

std::string sort_text(const ledger::PageQuery& query) {
  return (query.descending ? "-" : "") + std::string(query.sort.name);
}

boost::json::value to_json(const database::Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.content())) return *number;
  if (const auto* text = std::get_if<std::string>(&value.content())) return boost::json::value(*text);
  return nullptr;
}

/// The sort key in a cursor, which anybody can write: of the kind that the list is sorted by, or nullopt.
std::optional<database::Value> read_key(const boost::json::value& value, ledger::SortKey::Kind kind) {
  if (kind == ledger::SortKey::Kind::kTime) {
    const auto* ms = value.if_int64();
    return ms != nullptr && *ms >= 0 && *ms <= kLastTime_ms ? std::optional<database::Value>(*ms) : std::nullopt;
  }
  const auto* text = value.if_string();
  if (text == nullptr || ledger::text_problem(*text, kKeyText)) return std::nullopt;
  return database::Value(std::string_view(*text));
}

std::unexpected<ledger::Problem> refuse_cursor() {
  constexpr std::string_view kWhy = "it is not the `next` of a page of this list, sorted like this; begin without it";
  ledger::Problem problem(ledger::ProblemKind::kMalformed, fmt::format("the cursor cannot be used: {}", kWhy));
  problem.fields.push_back({"?cursor", std::string(kWhy)});
  return std::unexpected(std::move(problem));
}

std::optional<std::size_t> read_limit(std::string_view text) {
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit < 1 || limit > kPageLimit) return std::nullopt;
  return limit;
}

std::string names_of(std::initializer_list<ledger::SortKey> sorts) {
  std::string names;
  for (const ledger::SortKey& key : sorts) names += (names.empty() ? "" : ", ") + std::string(key.name);
  return names;
}

void read_sort(std::string_view text, std::initializer_list<ledger::SortKey> sorts, ledger::PageQuery& page,
               ledger::FieldProblems& problems) {
  page.descending = text.starts_with('-');
  if (page.descending) text.remove_prefix(1);
  for (const ledger::SortKey& key : sorts) {
    if (key.name == text) {
      page.sort = key;
      return;
    }
  }
  problems.add("?sort", fmt::format("it must be {}; with - in front the other way round", names_of(sorts)));
}

bool is_known(std::string_view name, std::initializer_list<std::string_view> filters) {
  for (const std::string_view filter : filters) {
    if (filter == name) return true;
  }
  return name == "limit" || name == "cursor" || name == "sort";
}

}  // namespace

std::optional<std::pair<database::Value, std::string>> read_cursor(std::string_view text,
                                                                   const ledger::PageQuery& query) {
  const auto bytes = decode(text);
  if (!bytes) return std::nullopt;
  const auto value = parse_json(*bytes);
  if (!value || !value->is_array() || value->get_array().size() != 3) return std::nullopt;
  const auto& parts = value->get_array();
  const auto* sort = parts[0].if_string();
  auto key = read_key(parts[1], query.sort.kind);
  const auto* id = parts[2].if_string();
  if (sort == nullptr || std::string_view(*sort) != sort_text(query) || !key || id == nullptr || !ledger::is_id(*id))
    return std::nullopt;
  return std::pair(*std::move(key), std::string(*id));
}

ledger::Result<ledger::PageQuery> page_query(const Request& request, std::initializer_list<ledger::SortKey> sorts,
                                             std::string_view usual, std::initializer_list<std::string_view> filters) {
  ledger::FieldProblems problems;
  ledger::PageQuery page;
  for (const auto& [name, value] : request.parameters()) {
    if (!is_known(name, filters)) problems.add("?" + name, "there is no such parameter here");
  }
  if (const auto limit = request.parameter("limit")) {
    const auto read = read_limit(*limit);
    if (read) {
      page.limit = *read;
    } else {
      problems.add("?limit", fmt::format("it must be a whole number from 1 to {}", kPageLimit));
    }
  }
  read_sort(request.parameter("sort").value_or(std::string(usual)), sorts, page, problems);
  TRY_VOID(problems.verdict());
  if (const auto cursor = request.parameter("cursor")) {
    page.after = read_cursor(*cursor, page);
    if (!page.after) return refuse_cursor();
  }
  return page;
}

bool PageList::add(const boost::json::object& item, const database::Value& key, const std::string& id) {
  return add(std::string_view(boost::json::serialize(item)), key, id);
}

bool PageList::add(std::string_view item, const database::Value& key, const std::string& id) {
  if (count_ == query_.limit || items_.size() >= kPageBytes) {
    more_ = true;
    return false;
  }
  if (count_ > 0) items_ += ',';
  items_ += item;
  ++count_;
  last_ = cursor_after(query_, key, id);
  return true;
}

Response PageList::response() {
  Response response;
  response.content_type = "application/json";
  response.body = std::move(items_);
  response.body.insert(0, R"({"items":[)");
  response.body += R"(],"next":)";
  response.body += boost::json::serialize(more_ ? boost::json::value(last_) : boost::json::value(nullptr));
  response.body += '}';
  return response;
}

std::string cursor_after(const ledger::PageQuery& query, const database::Value& key, const std::string& id) {
  return encode(boost::json::serialize(boost::json::array{sort_text(query), to_json(key), id}));
}

}  // namespace larder::api
