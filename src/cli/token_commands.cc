// account tokens, sessions: with what and where one is signed in.
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct TokenOptions {
  std::string token;
  Words scopes;
  std::string lasting;
};

Result<> list_tokens(Context& context) {
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list("/account/tokens"));
  show_list(context, items,
            {text_column("NAME", "/name", Fit::kCut),
             {"BEGINS", "/prefix"},
             {"SCOPES", "/scopes"},
             time_column("EXPIRES", "/expires_at"),
             time_column("LAST USED", "/last_used_at", Fit::kSpare),
             time_column("CREATED", "/created_at", Fit::kSpare),
             text_column("ID", "/id", Fit::kSpare)},
            "You have no tokens.");
  return {};
}

Result<> create_token(Context& context, const TokenOptions& options) {
  boost::json::array scopes;
  for (const std::string& list : options.scopes) {
    for (const command_line::ListedPart& part : command_line::split_list(list)) scopes.emplace_back(part.text);
  }
  RequestBody body;
  body.set("name", options.token, "NAME").set("scopes", std::move(scopes), "--scope");
  if (!options.lasting.empty()) {
    TRY(const auto duration, command_line::parse_duration(options.lasting));
    body.set("expires_at", command_line::time_to_string(context.environment().clock.wall() + duration),
             "--expires-in " + options.lasting + ", that is");
  }
  TRY(Portal & portal, context.portal());
  TRY(const Reply made, portal.create("/account/tokens", body));
  if (context.globals().json) {
    context.print_json(made.body);
    return {};
  }
  const std::string expires = short_time(text_at(made.body, "/expires_at"));
  context.say(fmt::format("The token {} is shown only here{}.", options.token,
                          expires.empty() ? "" : " and is valid until " + expires));
  context.print_line(text_at(made.body, "/token"));
  return {};
}

// Those that a person means: by id, by name, or by how the token begins.
boost::json::array named(const boost::json::array& tokens, const std::string& name) {
  boost::json::array found;
  for (const auto& token : tokens) {
    for (const char* pointer : {"/id", "/name", "/prefix"}) {
      if (text_at(token, pointer) != name) continue;
      found.push_back(token);
      break;
    }
  }
  return found;
}

Result<> revoke_token(Context& context, const TokenOptions& options) {
  TRY(Portal & portal, context.portal());
  TRY(const auto tokens, portal.list("/account/tokens"));
  const boost::json::array found = named(tokens, options.token);
  if (found.empty()) return give_up(ExitCode::kNotFound, "You have no token {}.", options.token);
  if (found.size() > 1) {
    Failure failure(ExitCode::kUsage, fmt::format("Several are called {}. Name one by its id.", options.token));
    for (const auto& token : found) {
      failure.lines.push_back(fmt::format("{}  {}", text_at(token, "/id"), text_at(token, "/prefix")));
    }
    return std::unexpected(std::move(failure));
  }
  const Found token{text_at(found.front(), "/id"), text_at(found.front(), "/name"), found.front()};
  TRY_VOID(portal.remove(path_of("/account/tokens", token.id)));
  context.tell(deleted_json(token), fmt::format("The token {} is revoked.", token.name));
  return {};
}

Result<> list_sessions(Context& context) {
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list("/account/sessions"));
  show_list(context, items,
            {{"ID", "/id"},
             time_column("SINCE", "/created_at"),
             time_column("LAST SEEN", "/last_seen_at"),
             text_column("FROM", "/address", Fit::kSpare),
             time_column("UNTIL", "/expires_at", Fit::kSpare),
             text_column("BROWSER", "/user_agent", Fit::kCut)},
            "Nobody is signed in with your password. Tokens are listed by: larder account tokens");
  return {};
}

Result<> end_session(Context& context, const std::string& id) {
  TRY(Portal & portal, context.portal());
  TRY_VOID(portal.remove(path_of("/account/sessions", id)));
  context.tell({{"deleted", {{"id", id}}}}, "The session is ended.");
  return {};
}

}  // namespace

void add_token_commands(Command account) {
  account.add("tokens", "Lists your API tokens").runs(list_tokens);
  auto [create, created] = add(account, "create-token", "Makes an API token, which is printed once", create_token);
  create.argument("NAME", created->token, "What it is for").required();
  create.option("--scope", created->scopes, "SCOPE", "What it may do; repeatable, or with commas")
      .required()
      .such_as({"read", "keys", "write", "manage", "admin"});
  create.option("--expires-in", created->lasting, "DURATION", "How long it is valid (default: until it is revoked)");
  auto [revoke, revoked] = add(account, "revoke-token", "Makes one of your tokens void", revoke_token);
  revoke.argument("TOKEN", revoked->token, "Its name, its id, or how it begins").required();

  account.add("sessions", "Lists where you are signed in with your password").runs(list_sessions);
  auto id = std::make_shared<std::string>();
  Command end = account.add("end-session", "Signs you out there");
  end.argument("ID", *id, "Its id, from `larder account sessions`").required();
  end.runs([id](Context& context) { return end_session(context, *id); });
}

}  // namespace larder::cli
