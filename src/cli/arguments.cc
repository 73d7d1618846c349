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

constexpr std::size_t kAnyNumber = std::size_t{1} << 20;

constexpr std::array<CommandInfo, 11> kCommands = {{
    {Command::Enable, "enable", "turn auditing on, or change its settings"},
    {Command::Disable, "disable", "take auditing out again; logs and policy stay on disk"},
    {Command::Status, "status", "is auditing on, and is it being recorded, now"},
    {Command::Check, "check", "find what is inconsistent, unsafe or lossy", kAnyNumber},
    {Command::PolicyInit, "policy init", "print an audit policy to start from"},
    {Command::PolicyLint, "policy lint", "find what is wrong with an audit policy", kAnyNumber},
    {Command::PolicyExplain, "policy explain", "which rule decides about a request, and why", 1},
    {Command::PolicyTable, "policy table", "what a policy records of every kind of request", 1},
    {Command::PolicyInstall, "policy install",
     "replace the policy of this node, and restart for it", 1},
    {Command::Rollback, "rollback", "put the manifest back as it was before the last change"},
    {Command::KubeadmPatch, "kubeadm patch", "write a patch that survives kubeadm upgrade"},
}};

constexpr CommandSet kAll = {Command::Enable,        Command::Disable,     Command::Status,
                             Command::Check,         Command::PolicyInit,  Command::PolicyLint,
                             Command::PolicyExplain, Command::PolicyTable, Command::PolicyInstall,
                             Command::Rollback,      Command::KubeadmPatch};
constexpr CommandSet kOfNode = {
    Command::Enable,      Command::Disable,       Command::Status,
    Command::Check,       Command::PolicyLint,    Command::PolicyExplain,
    Command::PolicyTable, Command::PolicyInstall, Command::Rollback};
constexpr CommandSet kRooted = {
    Command::Enable,     Command::Disable,       Command::Status,      Command::Check,
    Command::PolicyLint, Command::PolicyExplain, Command::PolicyTable, Command::PolicyInstall,
    Command::Rollback,   Command::KubeadmPatch};
constexpr CommandSet kHostChecked = {Command::Enable, Command::Disable, Command::Check,
                                     Command::PolicyInstall, Command::Rollback};
constexpr CommandSet kWriting = {Command::Enable, Command::Disable, Command::PolicyInit};
constexpr CommandSet kFinding = {Command::Check, Command::PolicyLint};
constexpr CommandSet kAsking = {Command::PolicyExplain, Command::PolicyTable};
constexpr CommandSet kInit = {Command::PolicyInit};
constexpr CommandSet kExplain = {Command::PolicyExplain};
constexpr CommandSet kTable = {Command::PolicyTable};
constexpr CommandSet kInPlace = {Command::Enable, Command::Disable, Command::PolicyInstall,
                                 Command::Rollback};
constexpr CommandSet kComparing = {Command::Enable,      Command::Disable,
                                   Command::PolicyTable, Command::PolicyInstall,
                                   Command::Rollback,    Command::KubeadmPatch};
constexpr CommandSet kChanging = {Command::Enable, Command::Disable, Command::PolicyInstall,
                                  Command::Rollback, Command::KubeadmPatch};
constexpr CommandSet kReading = {
    Command::Enable,      Command::Disable,       Command::Status,
    Command::Check,       Command::PolicyLint,    Command::PolicyExplain,
    Command::PolicyTable, Command::PolicyInstall, Command::KubeadmPatch};
constexpr CommandSet kEnable = {Command::Enable};
constexpr CommandSet kWithSettings = {Command::Enable, Command::KubeadmPatch};
constexpr CommandSet kCheck = {Command::Check};
constexpr CommandSet kKubeadmPatch = {Command::KubeadmPatch};
constexpr CommandSet kProfiled = {Command::Enable, Command::Check, Command::KubeadmPatch};
constexpr CommandSet kNone = {};
constexpr bool kOnce = false;
constexpr bool kRepeatable = true;

constexpr std::array<OptionInfo, 41> kOptions = {{
    {OptionId::Manifest, "manifest", '\0', ValueRule::Required, "FILE", kOfNode, kOnce,
     "the manifest; unless given, /etc/kubernetes/manifests/kube-apiserver.yaml"},
    {OptionId::DryRun, "dry-run", '\0', ValueRule::Switch, "", kChanging, kOnce,
     "show the change as a diff and write nothing"},
    {OptionId::ExitCode, "exit-code", '\0', ValueRule::Switch, "", kComparing, kOnce,
     "exit with 1 if --dry-run shows a change, or --diff of policies a difference"},
    {OptionId::Output, "output", 'o', ValueRule::Required, "FILE", kWriting, kOnce,
     "write the result to FILE (- is standard output) and change nothing else"},
    {OptionId::Diff, "diff", '\0', ValueRule::Switch, "", kChanging, kOnce,
     "print the diff also when writing"},
    {OptionId::HostPath, "host-path", '\0', ValueRule::Required, "CONTAINER=HOST", kWithSettings,
     kRepeatable, "a path of the container lies elsewhere on the host; may be repeated"},
    {OptionId::PolicyFrom, "policy-from", '\0', ValueRule::Required, "FILE", kEnable, kOnce,
     "write this policy to the node if there is none; - is standard input, preset:NAME a preset"},
    {OptionId::ReplacePolicy, "replace-policy", '\0', ValueRule::Switch, "", kEnable, kOnce,
     "with --policy-from: replace a different policy, and restart the API server for it"},
    {OptionId::KubernetesVersion, "kubernetes-version", '\0', ValueRule::Required, "X.Y", kReading,
     kOnce, "the release whose rules apply, instead of the image's tag"},
    {OptionId::Root, "root", '\0', ValueRule::Required, "DIR", kRooted, kOnce,
     "where the node's file system is mounted, / unless given"},
    {OptionId::HostChecks, "host-checks", '\0', ValueRule::Required, "auto|on|off", kHostChecked,
     kOnce, "look at the files on this host; auto does so for a live manifest"},
    {OptionId::AllowLogDeletion, "allow-log-deletion", '\0', ValueRule::Switch, "", kEnable, kOnce,
     "accept that the given limits make the API server delete old logs"},
    {OptionId::Force, "force", '\0', ValueRule::Switch, "", kInPlace, kOnce,
     "go on where the host's files speak against it"},
    {OptionId::BackupDir, "backup-dir", '\0', ValueRule::Required, "DIR", kInPlace, kOnce,
     "where backups are kept, /var/lib/kaudit/backups unless given"},
    {OptionId::Wait, "wait", '\0', ValueRule::Optional, "DURATION", kInPlace, kOnce,
     "wait until the new API server is ready, 4m unless given; take the change back if it is not"},
    {OptionId::RollbackWait, "rollback-wait", '\0', ValueRule::Required, "DURATION", kInPlace,
     kOnce, "with --wait: how long the old one may take to come back, 4m unless given"},
    {OptionId::Profile, "profile", '\0', ValueRule::Required, "cis|stig", kProfiled, kOnce,
     "check: every control of the benchmark; else: raise limits that are lower than it asks for"},
    {OptionId::KubeadmConfig, "kubeadm-config", '\0', ValueRule::Required, "FILE", kCheck, kOnce,
     "compare with this ClusterConfiguration: what would kubeadm upgrade change?"},
    {OptionId::PatchesDir, "dir", '\0', ValueRule::Required, "DIR", kKubeadmPatch, kOnce,
     "the folder that kubeadm is given with --patches"},
    {OptionId::PrintCommand, "print-command", '\0', ValueRule::Switch, "", kKubeadmPatch, kOnce,
     "print the lines for kubeadm of that release, and write nothing"},
    {OptionId::FailOn, "fail-on", '\0', ValueRule::Required, "SEVERITY", kFinding, kOnce,
     "exit with 1 from this severity on: error (unless given), warning or note"},
    {OptionId::Disable, "disable", '\0', ValueRule::Required, "ID", kFinding, kRepeatable,
     "leave out a rule; may be repeated"},
    {OptionId::Summary, "summary", '\0', ValueRule::Switch, "", kFinding, kOnce,
     "a line a file, and totals per rule"},
    {OptionId::ListRules, "list-rules", '\0', ValueRule::Switch, "", kFinding, kOnce,
     "every rule in a sentence"},
    {OptionId::Explain, "explain", '\0', ValueRule::Required, "ID", kFinding, kOnce,
     "one rule: what happens, and where that is written"},
    {OptionId::Preset, "preset", '\0', ValueRule::Required, "NAME", kInit, kOnce,
     "minimal, recommended (unless given), cis, stig or tutorial"},
    {OptionId::User, "user", '\0', ValueRule::Required, "NAME", kAsking, kOnce,
     "who asks; a user whom no rule names, unless given"},
    {OptionId::Group, "group", '\0', ValueRule::Required, "NAME", kAsking, kRepeatable,
     "a group of that user, beside those that every user is in; may be repeated"},
    {OptionId::Verb, "verb", '\0', ValueRule::Required, "VERB", kExplain, kOnce,
     "get, list, watch, create, update, patch, delete, deletecollection; get unless given"},
    {OptionId::Resource, "resource", '\0', ValueRule::Required, "NAME", kExplain, kOnce,
     "as kubectl spells it: pods, deployments.apps, deployments.apps/scale"},
    {OptionId::Namespace, "namespace", 'n', ValueRule::Required, "NAME", kAsking, kOnce,
     "where the object is; explain: none unless given, table: default"},
    {OptionId::Name, "name", '\0', ValueRule::Required, "NAME", kExplain, kOnce,
     "the object's name"},
    {OptionId::Path, "path", '\0', ValueRule::Required, "PATH", kExplain, kOnce,
     "the path of the request, such as /healthz or /api/v1/namespaces/a/pods"},
    {OptionId::Requests, "requests", '\0', ValueRule::Required, "FILE", kExplain, kOnce,
     "a request in JSON on each line; an answer in JSON for each (- is standard input)"},
    {OptionId::Other, "diff", '\0', ValueRule::Required, "OTHER", kTable, kOnce,
     "only what a second policy records differently"},
    {OptionId::Format, "format", '\0', ValueRule::Required, "FORM", kAll, kOnce,
     "the report's form: text or json; of findings also sarif or github, of tables html"},
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

// By its name without dashes; of two with the same name the one of the command.
std::optional<Known> find_option(std::string_view name, std::optional<Command> command = {}) {
  std::optional<Known> found;
  for (const OptionInfo& option : kOptions) {
    if (!same_name(option.name, name)) continue;
    if (command && option.commands.contains(*command)) return known(option);
    if (!found) found = known(option);
  }
  if (found) return found;
  const audit::FlagInfo* flag = audit::find_flag(name);
  if (flag == nullptr) return std::nullopt;
  const bool is_bool = flag->type == audit::FlagType::Bool;
  return Known{OptionId::AuditFlag, flag,
               flag->name,          is_bool ? ValueRule::Switch : ValueRule::Required,
               kWithSettings,       kOnce};
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
  if (!kWithSettings.contains(*command)) return names;
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
  for (const CommandInfo& command : kCommands)
    candidates.push_back(group_of(command).empty() ? command.name : group_of(command));
  std::string message = fmt::format("unknown command '{}'", word);
  const auto* second = std::ranges::find_if(kCommands, [&](const CommandInfo& command) {
    const std::string_view group = group_of(command);
    return !group.empty() && command.name.substr(group.size() + 1) == word;
  });
  const auto guess = second == kCommands.end() ? text::nearest(word, candidates) : second->name;
  if (guess) message += fmt::format(", did you mean '{}'?", *guess);
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
  text::Error one_file_too_many(std::string_view word) const;
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

text::Error Normalizer::one_file_too_many(std::string_view word) const {
  return usage(fmt::format("unexpected argument '{}' behind '{}'", word, result_.files.front()),
               fmt::format("'kaudit {}' takes one policy", name_of(command_)))
      .error();
}

// Where no file is expected, all that is left is to guess what was meant.
std::optional<text::Error> Normalizer::take_positional(std::string_view word) {
  if (word.empty()) return usage("an argument is empty", std::string(kUnsetVariable)).error();
  const bool is_option = without_typographic_dashes(word).size() != word.size() && word != "-";
  const auto* info = std::ranges::find(kCommands, command_, &CommandInfo::command);
  const std::size_t files = info == kCommands.end() ? 0 : info->files;
  if (files > 0 && (only_positionals_ || !is_option)) {
    if (result_.files.size() == files) return one_file_too_many(word);
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
  } else if (kOfNode.contains(command_) &&
             (word == "-" || word.find('/') != std::string_view::npos || word.ends_with(".yaml"))) {
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
  std::optional<Known> option = find_option(bare, command_);
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

// What the first words name: a command, or only the group of several.
struct Named {
  const CommandInfo* command = nullptr;
  std::string_view group;
  std::size_t words = 1;
};

// The group of that name; "" if there is none.
std::string_view find_group(std::string_view word) {
  for (const CommandInfo& command : kCommands) {
    if (group_of(command) == word) return group_of(command);
  }
  return {};
}

std::string commands_of(std::string_view group) {
  std::string list;
  for (const CommandInfo& command : kCommands) {
    if (group_of(command) != group) continue;
    list += fmt::format("{}{}", list.empty() ? "" : ", ", command.name.substr(group.size() + 1));
  }
  return list;
}

// The second word of a group's command.
Result<Named> find_in_group(std::string_view group, std::span<const std::string_view> words) {
  const std::string all = fmt::format("give one of: {}", commands_of(group));
  if (words.size() < 2) return usage(fmt::format("'kaudit {}' needs a command", group), all);
  if (is_help(words[1])) return Named{nullptr, group, 2};
  std::vector<std::string_view> candidates;
  for (const CommandInfo& command : kCommands) {
    if (group_of(command) != group) continue;
    const std::string_view second = command.name.substr(group.size() + 1);
    if (second == words[1]) return Named{&command, group, 2};
    candidates.push_back(second);
  }
  std::string message = fmt::format("unknown command '{} {}'", group, words[1]);
  if (const auto guess = text::nearest(words[1], candidates))
    message += fmt::format(", did you mean '{} {}'?", group, *guess);
  return usage(std::move(message), all);
}

Result<Named> find_command(std::span<const std::string_view> words) {
  const std::string_view word = words.front();
  if (const std::string_view group = find_group(word); !group.empty())
    return find_in_group(group, words);
  const auto* found = std::ranges::find(kCommands, word, &CommandInfo::name);
  if (found == kCommands.end()) return unknown_command(word);
  return Named{found, {}, 1};
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
    words = words.subspan(1);
    if (words.empty()) return result;
    if (words.size() == 1) result.help_group = find_group(words[0]);
    if (!result.help_group.empty()) return result;
    const Result<Named> named = find_command(words);
    if (!named) return std::unexpected(named.error());
    if (named->command == nullptr)
      result.help_group = named->group;
    else
      result.help_for = named->command->command;
    words = words.subspan(named->words - 1);
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

std::string_view group_of(const CommandInfo& command) {
  const std::size_t blank = command.name.find(' ');
  return blank == std::string_view::npos ? "" : command.name.substr(0, blank);
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
  const Result<Named> named = find_command(words);
  if (!named) return std::unexpected(named.error());
  if (named->command == nullptr) return Arguments{.help_group = named->group};
  words = words.subspan(named->words);
  for (const std::string_view word : words) {
    if (word == "--") break;
    if (is_help(word)) return Arguments{.help_for = named->command->command};
    if (word == "--help-all") return Arguments{.command = Command::HelpAll};
  }
  return Normalizer(named->command->command, words).run();
}

}  // namespace kaudit::cli
