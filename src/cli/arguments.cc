#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audit/go_value.h"
#include "text/nearest.h"

namespace kaudit::cli {
namespace {

using text::ErrorKind;
using text::Result;

constexpr std::array<CommandInfo, 5> kCommands = {{
    {Command::Enable, "enable", "turn auditing on, or change its settings"},
    {Command::Disable, "disable", "take auditing out again; logs and policy stay on disk"},
    {Command::Status, "status", "is auditing on, and is it being recorded, now"},
    {Command::Check, "check", "find what is inconsistent, unsafe or lossy"},
    {Command::Rollback, "rollback", "put the manifest back as it was before the last change"},
}};

constexpr CommandSet kAll = {Command::Enable, Command::Disable, Command::Status, Command::Check,
                             Command::Rollback};
constexpr CommandSet kHostChecked = {Command::Enable, Command::Disable, Command::Check,
                                     Command::Rollback};
constexpr CommandSet kChanging = {Command::Enable, Command::Disable, Command::Rollback};
constexpr CommandSet kReading = {Command::Enable, Command::Disable, Command::Status,
                                 Command::Check};
constexpr CommandSet kEditing = {Command::Enable, Command::Disable};
constexpr CommandSet kEnable = {Command::Enable};
constexpr CommandSet kCheck = {Command::Check};
constexpr CommandSet kProfiled = {Command::Enable, Command::Check};
constexpr CommandSet kNone = {};
constexpr bool kOnce = false;
constexpr bool kRepeatable = true;

constexpr std::array<OptionInfo, 26> kOptions = {{
    {OptionId::Manifest, "manifest", '\0', ValueRule::Required, "FILE", kAll, kOnce,
     "the file to edit or check; unless given, /etc/kubernetes/manifests/kube-apiserver.yaml"},
    {OptionId::DryRun, "dry-run", '\0', ValueRule::Switch, "", kChanging, kOnce,
     "show the change as a diff and write nothing"},
    {OptionId::ExitCode, "exit-code", '\0', ValueRule::Switch, "", kChanging, kOnce,
     "with --dry-run: exit with 1 if there would be a change"},
    {OptionId::Output, "output", 'o', ValueRule::Required, "FILE", kEditing, kOnce,
     "write the result to FILE (- is standard output) and leave the manifest alone"},
    {OptionId::Diff, "diff", '\0', ValueRule::Switch, "", kChanging, kOnce,
     "print the diff also when writing"},
    {OptionId::HostPath, "host-path", '\0', ValueRule::Required, "CONTAINER=HOST", kEnable,
     kRepeatable, "a path of the container lies elsewhere on the host; may be repeated"},
    {OptionId::KubernetesVersion, "kubernetes-version", '\0', ValueRule::Required, "X.Y", kReading,
     kOnce, "the release whose rules apply, instead of the image's tag"},
    {OptionId::Root, "root", '\0', ValueRule::Required, "DIR", kAll, kOnce,
     "where the node's file system is mounted, / unless given"},
    {OptionId::HostChecks, "host-checks", '\0', ValueRule::Required, "auto|on|off", kHostChecked,
     kOnce, "look at the files on this host; auto does so for a live manifest"},
    {OptionId::AllowLogDeletion, "allow-log-deletion", '\0', ValueRule::Switch, "", kEnable, kOnce,
     "accept that the given limits make the API server delete old logs"},
    {OptionId::Force, "force", '\0', ValueRule::Switch, "", kChanging, kOnce,
     "go on where the host's files speak against it"},
    {OptionId::BackupDir, "backup-dir", '\0', ValueRule::Required, "DIR", kChanging, kOnce,
     "where backups are kept, /var/lib/kaudit/backups unless given"},
    {OptionId::Wait, "wait", '\0', ValueRule::Optional, "DURATION", kChanging, kOnce,
     "wait until the new API server is ready, 4m unless given; take the change back if it is not"},
    {OptionId::RollbackWait, "rollback-wait", '\0', ValueRule::Required, "DURATION", kChanging,
     kOnce, "with --wait: how long the old one may take to come back, 4m unless given"},
    {OptionId::Profile, "profile", '\0', ValueRule::Required, "cis|stig", kProfiled, kOnce,
     "check: every control of the benchmark; enable: raise limits that are lower than it asks for"},
    {OptionId::FailOn, "fail-on", '\0', ValueRule::Required, "SEVERITY", kCheck, kOnce,
     "exit with 1 from this severity on: error (unless given), warning or note"},
    {OptionId::Disable, "disable", '\0', ValueRule::Required, "ID", kCheck, kRepeatable,
     "leave out a rule; may be repeated"},
    {OptionId::Summary, "summary", '\0', ValueRule::Switch, "", kCheck, kOnce,
     "a line a file, and totals per rule"},
    {OptionId::ListRules, "list-rules", '\0', ValueRule::Switch, "", kCheck, kOnce,
     "every rule in a sentence"},
    {OptionId::Explain, "explain", '\0', ValueRule::Required, "ID", kCheck, kOnce,
     "one rule: what happens, and where that is written"},
    {OptionId::Format, "format", '\0', ValueRule::Required, "FORM", kAll, kOnce,
     "the report's form: text or json; of check also sarif or github"},
    {OptionId::Quiet, "quiet", 'q', ValueRule::Switch, "", kAll, kOnce, "say only what went wrong"},
    {OptionId::Color, "color", '\0', ValueRule::Required, "auto|always|never", kAll, kOnce,
     "auto colours a terminal, unless NO_COLOR is set"},
    {OptionId::Help, "help", 'h', ValueRule::Switch, "", kAll, kOnce, "this text"},
    {OptionId::HelpAll, "help-all", '\0', ValueRule::Switch, "", kAll, kOnce,
     "every audit option of kube-apiserver"},
    {OptionId::Version, "version", 'V', ValueRule::Switch, "", kNone, kOnce,
     "the version of kaudit"},
}};

constexpr std::string_view kUnsetVariable =
    "was a shell variable unset? give a value, or leave the option out";
// What a word processor makes of "-" and "--": en dash, em dash, minus sign.
constexpr std::array<std::string_view, 3> kTypographicDashes = {"\u2013", "\u2014", "\u2212"};

std::unexpected<text::Error> usage(std::string message, std::string hint) {
  return text::fail(ErrorKind::Usage, std::move(message), std::move(hint));
}

// What is known about an option before its value: kaudit's own, or a flag of kube-apiserver.
struct Known {
  OptionId id;
  const audit::FlagInfo* flag;
  std::string_view name;
  ValueRule rule;
  CommandSet commands;
  bool repeatable;
};

bool same_name(std::string_view table, std::string_view given) {
  return std::ranges::equal(table, given, [](char a, char b) { return a == (b == '_' ? '-' : b); });
}

Known known(const OptionInfo& option) {
  return {option.id, nullptr, option.name, option.rule, option.commands, option.repeatable};
}

// By its name without dashes.
std::optional<Known> find_option(std::string_view name) {
  for (const OptionInfo& option : kOptions) {
    if (same_name(option.name, name)) return known(option);
  }
  const audit::FlagInfo* flag = audit::find_flag(name);
  if (flag == nullptr) return std::nullopt;
  const bool is_bool = flag->type == audit::FlagType::Bool;
  return Known{OptionId::AuditFlag,
               flag,
               flag->name,
               is_bool ? ValueRule::Switch : ValueRule::Required,
               kEnable,
               kOnce};
}

std::optional<Known> find_letter(char letter) {
  for (const OptionInfo& option : kOptions) {
    if (option.letter == letter) return known(option);
  }
  return std::nullopt;
}

// The options that `command` takes, with their dashes; without a command those that stand alone.
std::vector<std::string> spelled_options(std::optional<Command> command) {
  if (!command) return {"--help", "--help-all", "--version"};
  std::vector<std::string> names;
  for (const OptionInfo& option : kOptions) {
    if (option.commands.contains(*command)) names.push_back(fmt::format("--{}", option.name));
  }
  if (!kEnable.contains(*command)) return names;
  for (const audit::FlagInfo& flag : audit::all_flags())
    names.push_back(fmt::format("--{}", flag.name));
  return names;
}

std::string help_hint(std::optional<Command> command) {
  return command ? fmt::format("'kaudit {} --help' lists the options", name_of(*command))
                 : "'kaudit --help' lists the commands";
}

std::unexpected<text::Error> unknown_option(std::string_view name, std::optional<Command> command) {
  const std::vector<std::string> spelled = spelled_options(command);
  const std::vector<std::string_view> candidates(spelled.begin(), spelled.end());
  const std::string dashed =
      fmt::format("--{}", name.substr(std::min(name.find_first_not_of('-'), name.size())));
  std::string message = fmt::format("unknown option '{}'", name);
  if (const auto guess = text::nearest(dashed, candidates)) {
    message += fmt::format(", did you mean '{}'?", *guess);
  }
  return usage(std::move(message), help_hint(command));
}

std::unexpected<text::Error> unknown_command(std::string_view word) {
  std::vector<std::string_view> candidates = {"--help", "--version"};
  for (const CommandInfo& command : kCommands) candidates.push_back(command.name);
  std::string message = fmt::format("unknown command '{}'", word);
  if (const auto guess = text::nearest(word, candidates)) {
    message += fmt::format(", did you mean '{}'?", *guess);
  }
  return usage(std::move(message), help_hint({}));
}

std::string commands_with(const Known& option) {
  std::string list;
  for (const CommandInfo& command : kCommands) {
    if (!option.commands.contains(command.command)) continue;
    list += fmt::format("{}'kaudit {}'", list.empty() ? "" : ", ", command.name);
  }
  return list.empty() ? fmt::format("write 'kaudit --{}'", option.name) : "it belongs to " + list;
}

std::string_view without_typographic_dashes(std::string_view word) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view dash : kTypographicDashes) {
      if (!word.starts_with(dash)) continue;
      word.remove_prefix(dash.size());
      found = true;
    }
  }
  return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

bool is_help(std::string_view word) {
  return word == "--help" || word == "-h";
}

// May a separate word be the value of the option before it? "-" is a file name to kaudit, "-1" a
// number that deserves a better answer; anything else with a dash is an option.
bool may_be_value(std::string_view word) {
  if (!word.starts_with('-') || word == "-") return true;
  return word[1] >= '0' && word[1] <= '9';
}

// Goes through the words behind the command.
class Normalizer {
 public:
  Normalizer(Command command, std::span<const std::string_view> words)
      : command_(command), words_(words) {}

  Result<Arguments> run();

 private:
  std::optional<text::Error> take_word();
  std::optional<text::Error> take_positional(std::string_view word);
  std::optional<text::Error> take_option(std::string_view word);
  Result<Known> resolve(std::string_view word, std::string_view name) const;
  Result<std::string> take_value(const Known& option, std::string_view name,
                                 std::optional<std::string_view> attached);
  Result<std::string> switch_value(const Known& option, std::string_view name,
                                   std::optional<std::string_view> attached) const;
  std::optional<text::Error> add(const Known& option, std::string value);

  Command command_;
  std::span<const std::string_view> words_;
  std::size_t next_ = 0;
  bool only_positionals_ = false;
  Arguments result_;
};

Result<Arguments> Normalizer::run() {
  result_.command = command_;
  while (next_ < words_.size()) {
    if (std::optional<text::Error> error = take_word()) return std::unexpected(*std::move(error));
  }
  return std::move(result_);
}

std::optional<text::Error> Normalizer::take_word() {
  const std::string_view word = words_[next_++];
  if (only_positionals_ || !word.starts_with('-') || word == "-") return take_positional(word);
  if (word == "--") {
    only_positionals_ = true;
    return std::nullopt;
  }
  return take_option(word);
}

// Where no file is expected, all that is left is to guess what was meant.
std::optional<text::Error> Normalizer::take_positional(std::string_view word) {
  if (word.empty()) return usage("an argument is empty", std::string(kUnsetVariable)).error();
  const bool is_option = without_typographic_dashes(word).size() != word.size() && word != "-";
  if (command_ == Command::Check && (only_positionals_ || !is_option)) {
    result_.files.emplace_back(word);
    return std::nullopt;
  }
  std::string message = fmt::format("unexpected argument '{}'", word);
  std::string hint = help_hint(command_);
  const std::string_view bare = without_typographic_dashes(word);
  const std::string_view before = next_ >= 2 ? words_[next_ - 2] : "";
  const auto option_before =
      find_option(before.substr(std::min(before.find_first_not_of('-'), before.size())));
  const bool after_optional = !only_positionals_ && before.starts_with('-') && option_before &&
                              option_before->rule == ValueRule::Optional;
  const bool after_switch = !only_positionals_ && before.starts_with('-') &&
                            before.find('=') == std::string_view::npos &&
                            !result_.options.empty() && audit::parse_go_bool(word);
  if (after_switch || after_optional) {
    hint = fmt::format("write '{}={}'", before, word);
  } else if (find_option(bare.substr(0, bare.find('=')))) {
    hint = fmt::format("write it with two plain dashes: '--{}'", bare);
  } else if (word == "-" || word.find('/') != std::string_view::npos || word.ends_with(".yaml")) {
    hint = fmt::format("to name the manifest, write '--manifest={}'", word);
  }
  return usage(std::move(message), std::move(hint)).error();
}

std::optional<text::Error> Normalizer::take_option(std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  std::optional<std::string_view> attached;
  if (equals != std::string_view::npos) attached = word.substr(equals + 1);
  Result<Known> option = resolve(word, name);
  if (!option) return std::move(option).error();
  if (!option->commands.contains(command_)) {
    return usage(fmt::format("'{}' is not an option of 'kaudit {}'", name, name_of(command_)),
                 commands_with(*option))
        .error();
  }
  Result<std::string> value = take_value(*option, name, attached);
  if (!value) return std::move(value).error();
  return add(*option, *std::move(value));
}

// `name` still has its dashes: "--dry-run", "-o".
Result<Known> Normalizer::resolve(std::string_view word, std::string_view name) const {
  const bool two_dashes = name.starts_with("--");
  const std::string_view bare = name.substr(two_dashes ? 2 : 1);
  if (!two_dashes && bare.size() == 1) {
    if (std::optional<Known> option = find_letter(bare.front())) return *option;
    return unknown_option(name, command_);
  }
  std::optional<Known> option = find_option(bare);
  if (two_dashes) return option ? Result<Known>(*option) : unknown_option(name, command_);
  if (option) {
    return usage(fmt::format("'{}' needs two dashes", name), fmt::format("write '-{}'", word));
  }
  if (const std::optional<Known> letter = find_letter(bare.front())) {
    std::string hint = letter->rule == ValueRule::Required
                           ? fmt::format("write '-{} {}'", bare.front(), word.substr(2))
                           : help_hint(command_);
    return usage(fmt::format("'{}' is not an option", word), std::move(hint));
  }
  return unknown_option(name, command_);
}

Result<std::string> Normalizer::take_value(const Known& option, std::string_view name,
                                           std::optional<std::string_view> attached) {
  if (attached && attached->empty()) {
    return usage(fmt::format("'{}=' has no value", name), std::string(kUnsetVariable));
  }
  if (option.rule == ValueRule::Switch) return switch_value(option, name, attached);
  if (option.rule == ValueRule::Optional) return std::string(attached.value_or(kUsualWait));
  if (attached) return std::string(*attached);
  if (next_ == words_.size()) {
    return usage(fmt::format("'{}' needs a value", name), std::string(kUnsetVariable));
  }
  const std::string_view follower = words_[next_];
  if (follower.empty()) {
    return usage(fmt::format("the value of '{}' is empty", name), std::string(kUnsetVariable));
  }
  if (!may_be_value(follower)) {
    return usage(fmt::format("'{}' needs a value, and '{}' is an option", name, follower),
                 std::string(kUnsetVariable));
  }
  ++next_;
  return std::string(follower);
}

Result<std::string> Normalizer::switch_value(const Known& option, std::string_view name,
                                             std::optional<std::string_view> attached) const {
  if (!attached) return "true";
  const audit::GoResult<bool> on = audit::parse_go_bool(*attached);
  if (!on) {
    return usage(fmt::format("'{}={}' is neither true nor false", name, *attached),
                 fmt::format("write '{0}' or '{0}=false'", name));
  }
  // A flag's value goes into the manifest as it was written.
  if (option.flag != nullptr) return std::string(*attached);
  return *on ? "true" : "false";
}

std::optional<text::Error> Normalizer::add(const Known& option, std::string value) {
  for (const Argument& before : result_.options) {
    if (before.name != option.name) continue;
    if (before.value == value) return std::nullopt;
    if (option.repeatable) continue;
    return usage(fmt::format("'--{}' is given twice, as '{}' and as '{}'", option.name,
                             before.value, value),
                 "give it once")
        .error();
  }
  result_.options.push_back({option.id, option.flag, option.name, std::move(value)});
  return std::nullopt;
}

const CommandInfo* find_command(std::string_view word) {
  const auto* found = std::ranges::find(kCommands, word, &CommandInfo::name);
  return found == kCommands.end() ? nullptr : found;
}

// "kaudit --help [COMMAND]", "kaudit --version", "kaudit --help-all", and what should not stand in
// front of the command.
Result<Arguments> without_command(std::span<const std::string_view> words) {
  const std::string_view first = words.front();
  const std::string_view name = first.substr(0, first.find('='));
  Arguments result;
  if (first == "--version" || first == "-V") {
    result.command = Command::Version;
  } else if (first == "--help-all") {
    result.command = Command::HelpAll;
  } else if (is_help(first)) {
    result.command = Command::Help;
    if (words.size() < 2) return result;
    const CommandInfo* command = find_command(words[1]);
    if (command == nullptr) return unknown_command(words[1]);
    result.help_for = command->command;
    words = words.subspan(1);
  } else if (find_option(name.substr(std::min(name.find_first_not_of('-'), name.size())))) {
    return usage(fmt::format("'{}' stands before the command", name),
                 fmt::format("the command comes first: 'kaudit enable {}'", first));
  } else {
    return unknown_option(name, {});
  }
  if (words.size() > 1) {
    return usage(fmt::format("unexpected argument '{}' behind '{}'", words[1], words[0]),
                 help_hint({}));
  }
  return result;
}

}  // namespace

std::span<const CommandInfo> all_commands() {
  return kCommands;
}

std::string_view name_of(Command command) {
  const auto* found = std::ranges::find(kCommands, command, &CommandInfo::command);
  return found == kCommands.end() ? "" : found->name;
}

std::span<const OptionInfo> all_options() {
  return kOptions;
}

Result<Arguments> normalize_arguments(std::span<const std::string_view> words) {
  if (words.empty()) return usage("the command is missing", help_hint({}));
  const std::string_view first = words.front();
  if (first.empty()) return usage("the command is empty", help_hint({}));
  if (first.starts_with('-')) return without_command(words);
  const CommandInfo* command = find_command(first);
  if (command == nullptr) return unknown_command(first);
  words = words.subspan(1);
  for (const std::string_view word : words) {
    if (word == "--") break;
    if (is_help(word)) return Arguments{Command::Help, command->command, {}};
    if (word == "--help-all") return Arguments{Command::HelpAll, {}, {}};
  }
  return Normalizer(command->command, words).run();
}

}  // namespace kaudit::cli
