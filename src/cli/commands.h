// The commands, one function for each noun. What a command parses into is owned by its action.
#pragma once

#include "cli/command.h"

namespace larder::cli {

void add_sign_in_commands(Command root);  // login, logout, whoami
void add_account_commands(Command root);
void add_token_commands(Command account);  // below account: tokens, sessions, ...
void add_apply_command(Command root);
void add_export_command(Command root);
void add_organisation_commands(Command root);
void add_member_commands(Command noun);  // below org: members, invite, ...
void add_invitation_commands(Command root);
void add_user_commands(Command root);
void add_resource_commands(Command root);
void add_node_commands(Command root);
void add_node_intent_commands(Command node);  // below node: enable, disable, drain
void add_node_wait_command(Command node);
void add_node_keys_command(Command node);
void add_ip_space_commands(Command root);
void add_review_commands(Command ip_space);  // below ip-space: reviews, review
void add_access_commands(Command root);
void add_audit_commands(Command root);
void add_names_command(Command root);
void add_completion_command(Command root, const CommandLine& line);
void add_man_command(Command root, const CommandLine& line);

}  // namespace larder::cli
