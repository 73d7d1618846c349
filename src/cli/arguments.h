// The command line, first step: which words are commands, options and values. It knows every
// command and option by name, and what is wrong with a mistyped one; it does not know what an
// option's value means (cli/options.h does).
//
// Strict on purpose: what an unset shell variable leaves ("--audit-log-path= --dry-run",
// "--audit-log-path --dry-run", "--audit-log-path '' --dry-run") is an error and never swallows the
// option behind it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/flag_table.h"
#include "text/result.h"

namespace kaudit::cli {

enum class Command : std::uint8_t {
  Enable,
  Disable,
  Status,
  Check,
  PolicyInit,
  PolicyLint,
  PolicyExplain,
  PolicyTable,
  PolicyInstall,
  Rollback,
  KubeadmPatch,
  Help,
  HelpAll,
  Version
};

struct CommandInfo {
  Command command;
  std::string_view name;  // "enable"; of a group's command two words: "policy lint"
  std::string_view help;  // one clause
  std::size_t files = 0;  // how many words that are no options it takes
};

// The commands that are words. Help, HelpAll and Version are options: --help, --help-all,
// --version.
std::span<const CommandInfo> all_commands();
// The word in front of the commands of a group: "policy"; "" for other commands.
std::string_view group_of(const CommandInfo& command);
// The word or words of a command; "" for Help, HelpAll and Version.
std::string_view name_of(Command command);

enum class OptionId : std::uint8_t {
  Manifest,
  AuditFlag,  // any of the flags of kube-apiserver; `Argument::flag` says which
  HostPath,
  PolicyFrom,
  ReplacePolicy,
  KubernetesVersion,
  Root,
  HostChecks,
  Force,
  AllowLogDeletion,
  DryRun,
  ExitCode,
  Diff,
  Output,
  BackupDir,
  Wait,
  RollbackWait,
  Disable,
  FailOn,
  Preset,
  User,
  Group,
  Verb,
  Resource,
  Namespace,
  Name,
  Path,
  Requests,
  Other,
  Profile,
  KubeadmConfig,
  PatchesDir,
  PrintCommand,
  Summary,
  ListRules,
  Explain,
  Format,
  Quiet,
  Color,
  Help,
  HelpAll,
  Version,
};

// What --wait means without a value.
inline constexpr std::string_view kUsualWait = "4m";

enum class ValueRule : std::uint8_t {
  Required,  // --x=value or --x value
  Switch,    // --x means true; a value only as --x=true or --x=false
  Optional,  // --x means its usual value; another one only as --x=value
};

class CommandSet {
 public:
  constexpr CommandSet() = default;
  constexpr CommandSet(std::initializer_list<Command> commands) {
    for (const Command command : commands) bits_ |= bit(command);
  }
  constexpr bool contains(Command command) const { return (bits_ & bit(command)) != 0; }

 private:
  static constexpr std::uint32_t bit(Command command) {
    return std::uint32_t{1} << static_cast<unsigned>(command);
  }
  std::uint32_t bits_ = 0;
};

struct OptionInfo {
  OptionId id;
  std::string_view name;  // without dashes; two options of different commands may share it
  char letter;            // the short form "-o"; '\0' if there is none
  ValueRule rule;
  std::string_view placeholder;  // "FILE"; "" for a switch
  CommandSet commands;
  bool repeatable;        // otherwise a second, different value is refused
  std::string_view help;  // one clause
};

// kaudit's own options, in the order of help. The audit flags of audit/flag_table.h come on top of
// them: they are options of `enable`.
std::span<const OptionInfo> all_options();

// One option as it was given, under its table's name and with its value. A bare switch has the
// value "true"; kaudit's own switches have "true" or "false" in whatever way that was written.
struct Argument {
  OptionId id = OptionId::Manifest;
  const audit::FlagInfo* flag = nullptr;  // for OptionId::AuditFlag
  std::string_view name;                  // without dashes, as the table spells it
  std::string value;
};

struct Arguments {
  Command command = Command::Help;
  std::optional<Command> help_for = {};  // with Command::Help: whose help
  std::string_view help_group = {};      // or that of a group of commands: "policy"
  std::vector<Argument> options = {};    // in the order given; equal repetitions are dropped
  std::vector<std::string> files = {};   // words that are no options, of a command that takes files
};

// `words` are the arguments without the program's name. Every error has ErrorKind::Usage. --help
// anywhere before "--" wins over everything else, mistakes included.
text::Result<Arguments> normalize_arguments(std::span<const std::string_view> words);

}  // namespace kaudit::cli
