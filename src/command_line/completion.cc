#include "command_line/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::command_line {
namespace {

// A command with the words that lead to it.
struct Place {
  std::string path;  // "larder node create"
  const CommandTree* command;
  std::vector<const OptionInfo*> options;  // its own and the program's
};

void collect(const CommandTree& command, const std::string& path, const CommandTree& root, std::vector<Place>& places) {
  Place place{path, &command, {}};
  for (const OptionInfo& option : command.options) place.options.push_back(&option);
  if (&command != &root) {
    for (const OptionInfo& option : root.options) {
      if (option.names.back() != "--help" && option.names.back() != "--version") place.options.push_back(&option);
    }
  }
  places.push_back(std::move(place));
  for (const CommandTree& child : command.commands) collect(child, path + " " + child.name, root, places);
}

std::vector<Place> places_of(const CommandTree& tree) {
  std::vector<Place> places;
  collect(tree, tree.name, tree, places);
  return places;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// In fish a backslash escapes inside single quotes.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// Values that `larder names` lists.
std::string_view names_of(const OptionInfo& option) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {{{"NODE", "nodes"},
                                                                                    {"ORGANISATION", "organisations"},
                                                                                    {"RESOURCE", "resources"},
                                                                                    {"USER", "users"},
                                                                                    {"TOKEN", "tokens"}}};
  const auto* found = std::ranges::find(kNames, option.value, &std::pair<std::string_view, std::string_view>::first);
  return found == kNames.end() ? "" : found->second;
}

bool has_values(const OptionInfo& option) { return !option.choices.empty() || !names_of(option).empty(); }

// What the value of an option, or an argument, may be: words, "@file", "@names:nodes", or "@any".
std::string values_of(const OptionInfo& option) {
  if (!option.choices.empty()) return joined(option.choices, " ");
  if (const auto names = names_of(option); !names.empty()) return fmt::format("@names:{}", names);
  return option.value == "FILE" ? "@file" : "@any";
}

// Functions that bash and zsh both understand; each leaves its answer in `reply`.
std::string shared_functions(const std::vector<Place>& places) {
  std::string commands;
  std::string options;
  std::string values;
  for (const Place& place : places) {
    std::vector<std::string> names;
    for (const CommandTree& child : place.command->commands) names.push_back(child.name);
    if (!names.empty())
      commands += fmt::format("    {}) reply={} ;;\n", shell_quoted(place.path), shell_quoted(joined(names, " ")));
    std::vector<std::string> option_names;
    for (const OptionInfo* option : place.options) {
      option_names.push_back(option->names.back());
      if (option->value.empty()) continue;
      for (const std::string& name : option->names) {
        values += fmt::format("    {}) reply={} ;;\n", shell_quoted(place.path + " " + name),
                              shell_quoted(values_of(*option)));
      }
    }
    for (const OptionInfo& argument : place.command->arguments) {
      if (!has_values(argument)) continue;
      values += fmt::format("    {}) reply={} ;;\n", shell_quoted(place.path + " @argument"),
                            shell_quoted(values_of(argument)));
      break;
    }
    options += fmt::format("    {}) reply={} ;;\n", shell_quoted(place.path), shell_quoted(joined(option_names, " ")));
  }
  return fmt::format(
      "_larder_commands() {{\n  reply=\n  case \"$1\" in\n{}  esac\n}}\n"
      "_larder_options() {{\n  reply=\n  case \"$1\" in\n{}  esac\n}}\n"
      "# What may follow an option; empty of flags.\n"
      "_larder_values() {{\n  reply=\n  case \"$1 $2\" in\n{}  esac\n}}\n"
      "# The command that the words are in: $place; the option that waits for its value: $waiting.\n"
      "_larder_walk() {{\n"
      "  local word reply\n"
      "  place=larder waiting=\n"
      "  for word in \"$@\"; do\n"
      "    if [[ -n $waiting ]]; then\n"
      "      [[ $word == = ]] || waiting=\n"
      "    elif [[ $word == -* ]]; then\n"
      "      _larder_values \"$place\" \"$word\"\n"
      "      [[ -z $reply ]] || waiting=$word\n"
      "    else\n"
      "      _larder_commands \"$place\"\n"
      "      case \" $reply \" in\n"
      "        *\" $word \"*) place=\"$place $word\" ;;\n"
      "      esac\n"
      "    fi\n"
      "  done\n"
      "}}\n",
      commands, options, values);
}

constexpr std::string_view kBashEnd = R"sh(_larder() {
  local place waiting reply word=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  _larder_walk "${COMP_WORDS[@]:1:COMP_CWORD-1}"
  [[ $word != = ]] || word=
  if [[ -n $waiting ]]; then
    _larder_values "$place" "$waiting"
  elif [[ $word == -* ]]; then
    _larder_options "$place"
  else
    _larder_commands "$place"
    [[ -n $reply ]] || _larder_values "$place" @argument
  fi
  case $reply in
    @file) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    @any) ;;
    @names:*)
      local name
      word=${word//\\/}
      while IFS= read -r name; do
        [[ $name != "$word"* ]] || COMPREPLY+=("$(printf %q "$name")")
      done < <("${COMP_WORDS[0]}" names "${reply#@names:}" --query "$word" 2>/dev/null)
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$reply" -- "$word") ;;
  esac
}
complete -F _larder larder
)sh";

constexpr std::string_view kZshEnd = R"sh(_larder() {
  local place waiting reply
  local -a described
  local entry name
  _larder_walk "${(@)words[2,CURRENT-1]}"
  if [[ -n $waiting ]]; then
    _larder_values "$place" "$waiting"
  elif [[ ${words[CURRENT]} == -* ]]; then
    _larder_options "$place"
  else
    _larder_commands "$place"
    [[ -n $reply ]] || _larder_values "$place" @argument
  fi
  case $reply in
    @file) _files; return ;;
    @any|'') return 1 ;;
    @names:*)
      described=(${(f)"$("${words[1]}" names ${reply#@names:} 2>/dev/null)"})
      compadd -a described
      return ;;
  esac
  for name in ${=reply}; do
    entry=$(_larder_describe "$place $name")
    described+=("${name//:/\\:}${entry:+:$entry}")
  done
  _describe larder described
}
# As a file of $fpath this is the body of _larder when it is first called; sourced, it is not.
if [[ ${funcstack[1]} == _larder ]]; then
  _larder "$@"
else
  compdef _larder larder
fi
)sh";

std::string zsh_descriptions(const std::vector<Place>& places) {
  std::string cases;
  for (const Place& place : places) {
    for (const CommandTree& child : place.command->commands) {
      cases += fmt::format("    {}) print -r -- {} ;;\n", shell_quoted(place.path + " " + child.name),
                           shell_quoted(child.description));
    }
    for (const OptionInfo* option : place.options) {
      cases += fmt::format("    {}) print -r -- {} ;;\n", shell_quoted(place.path + " " + option->names.back()),
                           shell_quoted(option->description));
    }
  }
  return fmt::format("_larder_describe() {{\n  case \"$1\" in\n{}  esac\n}}\n", cases);
}

constexpr std::string_view kFishStart = R"(function __larder_place
  set -l place larder
  set -l waiting
  for word in (commandline -opc)[2..-1]
    if test -n "$waiting"
      set waiting
    else if string match -q -- '-*' $word
      if contains -- "$place $word" $__larder_takes_value
        set waiting $word
      end
    else if contains -- "$place $word" $__larder_commands
      set place "$place $word"
    end
  end
  echo $place
end
function __larder_at
  test (__larder_place) = "$argv[1]"
end
complete -c larder -f
)";

std::string fish_values(const OptionInfo& option) {
  if (const auto names = names_of(option); !names.empty()) return fmt::format("(larder names {} 2>/dev/null)", names);
  return joined(option.choices, " ");
}

std::string fish_option(const std::string& condition, const OptionInfo& option) {
  std::string line = fmt::format("complete -c larder -n {}", fish_quoted(condition));
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.value.empty()) line += option.value == "FILE" ? " -r -F" : " -x";
  if (has_values(option)) line += " -a " + fish_quoted(fish_values(option));
  return line + " -d " + fish_quoted(option.description) + "\n";
}

}  // namespace

std::string bash_completion(const CommandTree& tree) {
  return "# bash completion of larder; made by: larder completion bash\n" + shared_functions(places_of(tree)) +
         std::string(kBashEnd);
}

std::string zsh_completion(const CommandTree& tree) {
  const auto places = places_of(tree);
  return "#compdef larder\n# zsh completion of larder; made by: larder completion zsh\n" + shared_functions(places) +
         zsh_descriptions(places) + std::string(kZshEnd);
}

std::string fish_completion(const CommandTree& tree) {
  std::string out = "# fish completion of larder; made by: larder completion fish\n";
  std::string lines;
  for (const Place& place : places_of(tree)) {
    const std::string condition = "__larder_at " + shell_quoted(place.path);
    for (const CommandTree& child : place.command->commands) {
      out += fmt::format("set -ga __larder_commands {}\n", fish_quoted(place.path + " " + child.name));
      lines += fmt::format("complete -c larder -n {} -a {} -d {}\n", fish_quoted(condition), fish_quoted(child.name),
                           fish_quoted(child.description));
    }
    for (const OptionInfo* option : place.options) {
      lines += fish_option(condition, *option);
      if (option->value.empty()) continue;
      for (const std::string& name : option->names) {
        out += fmt::format("set -ga __larder_takes_value {}\n", fish_quoted(place.path + " " + name));
      }
    }
    for (const OptionInfo& argument : place.command->arguments) {
      if (!has_values(argument)) continue;
      lines +=
          fmt::format("complete -c larder -n {} -a {}\n", fish_quoted(condition), fish_quoted(fish_values(argument)));
    }
  }
  return out + std::string(kFishStart) + lines;
}

}  // namespace larder::command_line
