#include "cli/lookup.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr std::size_t kMostChoices = 20;

// How a kind of object is looked for, and how its choices are listed.
struct Kind {
  std::string noun;        // "organisation"
  std::string collection;  // "/organisations"
  std::string key;         // "/name": what people call it by
  std::string option;      // "--org": how it is named; "" if it is the command's argument
  std::string hint;        // how to tell those of one name apart
  std::function<std::string(const boost::json::value&)> line;
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Found found_in(const boost::json::value& object, const std::string& key) {
  return {text_at(object, "/id"), text_at(object, key), object};
}

std::unexpected<Failure> choose(const Kind& kind, std::string text, const boost::json::array& items) {
  Failure failure(ExitCode::kUsage, std::move(text));
  for (const auto& item : items) {
    if (failure.lines.size() == kMostChoices) {
      failure.lines.push_back(fmt::format("and {} more", items.size() - kMostChoices));
      break;
    }
    failure.lines.push_back(kind.line(item));
  }
  return std::unexpected(std::move(failure));
}

// Those that are called `name` exactly; if there is none, those that differ in case only.
boost::json::array called(const boost::json::array& items, const Kind& kind, const std::string& name) {
  boost::json::array exact;
  boost::json::array alike;
  for (const auto& item : items) {
    const std::string own = text_at(item, kind.key);
    if (own == name) exact.push_back(item);
    if (lower(own) == lower(name)) alike.push_back(item);
  }
  return exact.empty() ? alike : exact;
}

Result<Found> by_id(Context& context, const Kind& kind, const std::string& id) {
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of(kind.collection, id)));
  return found_in(reply.body, kind.key);
}

Result<Found> only_one(Context& context, const Kind& kind, const Fields& filters) {
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list(kind.collection, filters, kMostChoices + 1));
  if (items.empty()) return give_up(ExitCode::kNotFound, "There is no {} that you can see.", kind.noun);
  if (items.size() == 1) return found_in(items.front(), kind.key);
  return choose(kind, fmt::format("Which {}? Name it with {}.", kind.noun, kind.option), items);
}

Result<Found> by_name(Context& context, const Kind& kind, const std::string& name, Fields filters) {
  TRY(Portal & portal, context.portal());
  filters.emplace_back("q", name);
  TRY(const auto items, portal.list(kind.collection, filters));
  const boost::json::array found = called(items, kind, name);
  if (found.size() == 1) return found_in(found.front(), kind.key);
  if (found.size() > 1) return choose(kind, fmt::format("Several are called {}. {}", name, kind.hint), found);
  auto failure = choose(kind, fmt::format("There is no {} {} that you can see.", kind.noun, name), items);
  failure.error().code = ExitCode::kNotFound;
  if (!items.empty()) failure.error().text += " Similar ones:";
  return failure;
}

Result<Found> find(Context& context, const Kind& kind, const std::string& name, Fields filters) {
  if (name.empty()) return only_one(context, kind, filters);
  if (is_id(name)) return by_id(context, kind, name);
  return by_name(context, kind, name, std::move(filters));
}

std::string with_id(const boost::json::value& object, const std::string& text) {
  return text + "  " + text_at(object, "/id");
}

Kind resource_kind() {
  return {"resource",
          "/resources",
          "/name",
          "--resource, or as RESOURCE",
          "Add --org, or name it by its id.",
          [](const boost::json::value& item) {
            return with_id(item, text_at(item, "/organisation/name") + " / " + text_at(item, "/name"));
          }};
}

}  // namespace

boost::json::value deleted_json(const Found& found) { return {{"deleted", {{"id", found.id}, {"name", found.name}}}}; }

bool is_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

Result<Found> find_organisation(Context& context, const std::string& name) {
  const Kind kind{"organisation",
                  "/organisations",
                  "/name",
                  "--org, or as ORGANISATION",
                  "Name it by its id.",
                  [](const boost::json::value& item) {
                    return with_id(item, text_at(item, "/name") + " (" + text_at(item, "/kind") + ")");
                  }};
  return find(context, kind, name, {});
}

Result<> filter_by_organisation(Context& context, const std::string& name, Fields& filters) {
  if (name.empty()) return {};
  TRY(const Found organisation, find_organisation(context, name));
  filters.emplace_back("organisation", organisation.id);
  return {};
}

Result<Found> find_resource(Context& context, const std::string& name, const std::string& organisation) {
  if (organisation.empty()) return find(context, resource_kind(), name, {});
  TRY(const Found owner, find_organisation(context, organisation));
  return find_resource(context, name, owner);
}

Result<Found> find_resource(Context& context, const std::string& name, const Found& organisation) {
  return find(context, resource_kind(), name, {{"organisation", organisation.id}});
}

Result<Found> find_node(Context& context, const std::string& name, const std::string& organisation,
                        const std::string& resource) {
  const Kind kind{"node",
                  "/nodes",
                  "/name",
                  "NAME",
                  "Add --org or --resource, or name it by its id.",
                  [](const boost::json::value& item) {
                    return with_id(item, text_at(item, "/organisation/name") + " / " + text_at(item, "/resource/name") +
                                             " / " + text_at(item, "/name"));
                  }};
  Fields filters;
  if (!resource.empty()) {
    TRY(const Found place, find_resource(context, resource, organisation));
    filters.emplace_back("resource", place.id);
  } else {
    TRY_VOID(filter_by_organisation(context, organisation, filters));
  }
  return find(context, kind, name, std::move(filters));
}

Result<Found> find_user(Context& context, const std::string& email) {
  const Kind kind{
      "user", "/users", "/email", "USER", "Name the account by its id.", [](const boost::json::value& item) {
        const std::string organisation = text_at(item, "/organisation/name");
        return with_id(item, text_at(item, "/email") + (organisation.empty() ? "" : " of " + organisation));
      }};
  return find(context, kind, email, {});
}

Result<Found> find_member(Context& context, const Found& organisation, const std::string& email) {
  TRY(Portal & portal, context.portal());
  TRY(const auto members, portal.list(path_of("/organisations", organisation.id, "/members")));
  for (const auto& member : members) {
    const std::string address = text_at(member, "/user/email");
    if (lower(address) == lower(email) || text_at(member, "/user/id") == email) {
      return Found{text_at(member, "/user/id"), address, member};
    }
  }
  const Kind kind{"member", "", "",
                  "",       "", [](const boost::json::value& item) { return text_at(item, "/user/email"); }};
  auto failure = choose(kind, fmt::format("{} is no member of {}. Its members:", email, organisation.name), members);
  failure.error().code = ExitCode::kNotFound;
  return failure;
}

}  // namespace larder::cli
