#include "cli/confirm.h"

#include "cli/version_tag.h"

namespace larder::cli {

Result<std::string> confirmed_name(Context& context, const Found& found, std::string_view noun,
                                   const std::string& given) {
  std::string name = given;
  if (name.empty()) {
    if (!context.console().in_is_terminal) {
      return give_up(ExitCode::kUsage, "Deleting {} {} is final: confirm it with --yes-delete {}", noun, found.name,
                     found.name);
    }
    context.say(fmt::format("Deleting {} {} is final.", noun, found.name));
    TRY(name, context.console().ask("Enter its name to delete it:"));
  }
  if (name == found.name) return name;
  return give_up(ExitCode::kConflict, "Nothing was deleted: the {} is called {}, not {}.", noun, found.name, name);
}

Result<> delete_named(Context& context, std::string_view collection, const Found& found, std::string_view noun,
                      const std::string& given) {
  TRY(const std::string name, confirmed_name(context, found, noun, given));
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set("name", name, "--yes-delete");
  TRY_VOID(portal.remove(path_of(collection, found.id), body));
  context.tell(deleted_json(found), fmt::format("The {} {} is deleted.", noun, found.name));
  return {};
}

Result<Reply> edit(Context& context, const std::string& path, const RequestBody& body, const std::string& version) {
  if (body.empty()) return give_up(ExitCode::kUsage, "There is nothing to change: say what with an option.");
  TRY(Portal & portal, context.portal());
  if (!version.empty()) return portal.patch(path, body, etag_of(version));
  TRY(const Reply current, portal.get(path));
  return portal.patch(path, body, current.etag.empty() ? "*" : current.etag);
}

}  // namespace larder::cli
