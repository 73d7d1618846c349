#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace kaudit::cli {
namespace {

using Words = std::vector<std::string_view>;

// The command and the options as one text: "enable audit-log-path=/a dry-run=true"; for an error
// "! message | hint".
std::string read(const Words& words) {
  const text::Result<Arguments> result = normalize_arguments(words);
  if (!result) {
    EXPECT_EQ(result.error().kind, text::ErrorKind::Usage);
    return "! " + result.error().message + " | " + result.error().hint;
  }
  std::string text(name_of(result->command));
  if (result->command == Command::Help) text = "--help";
  if (result->command == Command::HelpAll) text = "--help-all";
  if (result->command == Command::Version) text = "--version";
  if (result->help_for) text.append(" ").append(name_of(*result->help_for));
  if (!result->help_group.empty()) text.append(" ").append(result->help_group);
  for (const std::string& file : result->files) text.append(" [").append(file).append("]");
  for (const Argument& argument : result->options) {
    text.append(" ").append(argument.name).append("=").append(argument.value);
  }
  return text;
}

struct Row {
  Words words;
  std::string_view expected;
};

void expect_rows(std::initializer_list<Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(read(row.words), row.expected);
}

constexpr std::string_view kUnset =
    " | was a shell variable unset? give a value, or leave the option out";
constexpr std::string_view kEnableHelp = " | 'kaudit enable --help' lists the options";

std::string with(std::string_view message, std::string_view hint) {
  return std::string(message).append(hint);
}

TEST(Arguments, ReadsOptionsInEverySpelling) {
  expect_rows({
      {{"enable"}, "enable"},
      {{"disable", "--dry-run"}, "disable dry-run=true"},
      {{"enable", "--audit-log-path=/a", "--manifest", "m.yaml"},
       "enable audit-log-path=/a manifest=m.yaml"},
      {{"enable", "--audit_log_path=/a", "--dry_run"}, "enable audit-log-path=/a dry-run=true"},
      {{"enable", "--audit-log-path=a=b"}, "enable audit-log-path=a=b"},
      {{"enable", "-o", "out.yaml"}, "enable output=out.yaml"},
      {{"enable", "-o=out.yaml"}, "enable output=out.yaml"},
      {{"enable", "--output=out.yaml", "-q"}, "enable output=out.yaml quiet=true"},
      {{"enable", "--audit-log-compress"}, "enable audit-log-compress=true"},
      {{"enable", "--audit-log-compress=f"}, "enable audit-log-compress=f"},
      {{"enable", "--dry-run=F", "--diff=1"}, "enable dry-run=false diff=true"},
      {{"enable", "--audit-log-maxage", "-1"}, "enable audit-log-maxage=-1"},
      {{"enable", "--"}, "enable"},
  });
}

TEST(Arguments, TakesALoneDashAsAValue) {
  expect_rows({
      {{"enable", "--manifest", "-", "-o", "-"}, "enable manifest=- output=-"},
      {{"enable", "--audit-log-path", "-"}, "enable audit-log-path=-"},
      {{"enable", "--manifest=-", "--dry-run"}, "enable manifest=- dry-run=true"},
      {{"enable", "--manifest=--odd"}, "enable manifest=--odd"},
  });
}

TEST(Arguments, RefusesWhatAnUnsetVariableLeaves) {
  expect_rows({
      {{"enable", "--audit-log-path=", "--dry-run"},
       with("! '--audit-log-path=' has no value", kUnset)},
      {{"enable", "--audit-log-path", "--dry-run"},
       with("! '--audit-log-path' needs a value, and '--dry-run' is an option", kUnset)},
      {{"enable", "--audit-log-path", "", "--dry-run"},
       with("! the value of '--audit-log-path' is empty", kUnset)},
      {{"enable", "--audit-log-path"}, with("! '--audit-log-path' needs a value", kUnset)},
      {{"enable", "--manifest", "-q"},
       with("! '--manifest' needs a value, and '-q' is an option", kUnset)},
      {{"enable", "--manifest", "--"},
       with("! '--manifest' needs a value, and '--' is an option", kUnset)},
      {{"enable", "-o="}, with("! '-o=' has no value", kUnset)},
      {{"enable", "-o"}, with("! '-o' needs a value", kUnset)},
      {{"enable", "--dry-run="}, with("! '--dry-run=' has no value", kUnset)},
      {{"enable", "", "--dry-run"}, with("! an argument is empty", kUnset)},
      {{"", "--dry-run"}, "! the command is empty | 'kaudit --help' lists the commands"},
      {{}, "! the command is missing | 'kaudit --help' lists the commands"},
  });
}

TEST(Arguments, OffersTheNearestWord) {
  expect_rows({
      {{"enable", "--audit-log-pth=/a"},
       with("! unknown option '--audit-log-pth', did you mean '--audit-log-path'?", kEnableHelp)},
      {{"enable", "--dryrun"},
       with("! unknown option '--dryrun', did you mean '--dry-run'?", kEnableHelp)},
      {{"enable", "--Dry-Run"},
       with("! unknown option '--Dry-Run', did you mean '--dry-run'?", kEnableHelp)},
      {{"enable", "--completely-different-thing"},
       with("! unknown option '--completely-different-thing'", kEnableHelp)},
      {{"enable", "-x"}, with("! unknown option '-x'", kEnableHelp)},
      {{"enable", "-dryrun"},
       with("! unknown option '-dryrun', did you mean '--dry-run'?", kEnableHelp)},
      {{"enable", "--=x"}, with("! unknown option '--'", kEnableHelp)},
      {{"enable", "---dry-run"},
       with("! unknown option '---dry-run', did you mean '--dry-run'?", kEnableHelp)},
      {{"enabel"},
       "! unknown command 'enabel', did you mean 'enable'? | 'kaudit --help' lists the commands"},
      {{"help"},
       "! unknown command 'help', did you mean '--help'? | 'kaudit --help' lists the commands"},
      {{"observe"}, "! unknown command 'observe' | 'kaudit --help' lists the commands"},
      {{"--hlep"},
       "! unknown option '--hlep', did you mean '--help'? | 'kaudit --help' lists the commands"},
      // Of another command's options none is offered.
      {{"disable", "--audit-log-pth=/a"},
       "! unknown option '--audit-log-pth' | 'kaudit disable --help' lists the options"},
  });
}

TEST(Arguments, KnowsWhichCommandTakesWhat) {
  expect_rows({
      {{"disable", "--audit-log-path=/a"},
       "! '--audit-log-path' is not an option of 'kaudit disable' | it belongs to 'kaudit enable', "
       "'kaudit kubeadm patch'"},
      {{"disable", "--host_path=/a=/b"},
       "! '--host_path' is not an option of 'kaudit disable' | it belongs to 'kaudit enable', "
       "'kaudit kubeadm patch'"},
      {{"kubeadm", "patch", "--manifest=m"},
       "! '--manifest' is not an option of 'kaudit kubeadm patch' | it belongs to 'kaudit enable', "
       "'kaudit disable', 'kaudit status', 'kaudit check', 'kaudit policy lint', "
       "'kaudit policy explain', 'kaudit policy table', 'kaudit policy install', 'kaudit "
       "rollback'"},
      {{"enable", "--dir=d"},
       "! '--dir' is not an option of 'kaudit enable' | it belongs to 'kaudit kubeadm patch'"},
      {{"rollback", "-o", "x"},
       "! '-o' is not an option of 'kaudit rollback' | it belongs to 'kaudit enable', 'kaudit "
       "disable', 'kaudit policy init'"},
      // Two options of the same name.
      {{"enable", "--diff"}, "enable diff=true"},
      {{"policy", "table", "--diff", "b.yaml"}, "policy table diff=b.yaml"},
      {{"policy", "lint", "--diff", "b.yaml"},
       "! '--diff' is not an option of 'kaudit policy lint' | it belongs to 'kaudit enable', "
       "'kaudit disable', 'kaudit policy install', 'kaudit rollback', 'kaudit kubeadm patch'"},
      {{"enable", "--version"},
       "! '--version' is not an option of 'kaudit enable' | write 'kaudit --version'"},
      {{"--manifest=x", "enable"},
       "! '--manifest' stands before the command | the command comes first: 'kaudit enable "
       "--manifest=x'"},
  });
}

TEST(Arguments, KnowsCommandsOfTwoWords) {
  expect_rows({
      {{"kubeadm", "patch", "--dir=d", "--audit-log-maxage=7"},
       "kubeadm patch dir=d audit-log-maxage=7"},
      {{"kubeadm", "--help"}, "--help kubeadm"},
      {{"--help", "kubeadm", "patch"}, "--help kubeadm patch"},
      {{"kubeadm"}, "! 'kaudit kubeadm' needs a command | give one of: patch"},
      {{"kubeadm", "ptach"},
       "! unknown command 'kubeadm ptach', did you mean 'kubeadm patch'? | give one of: patch"},
      {{"patch"},
       "! unknown command 'patch', did you mean 'kubeadm patch'? | 'kaudit --help' lists the "
       "commands"},
      {{"policy", "init", "--preset=cis"}, "policy init preset=cis"},
      {{"policy", "lint", "a.yaml", "-", "b.yaml"}, "policy lint [a.yaml] [-] [b.yaml]"},
      {{"policy", "explain", "--user", "jane", "a.yaml", "-n", "default"},
       "policy explain [a.yaml] user=jane namespace=default"},
      {{"policy", "explain", "--group=a", "--group=b"}, "policy explain group=a group=b"},
      {{"policy", "table", "a.yaml", "b.yaml"},
       "! unexpected argument 'b.yaml' behind 'a.yaml' | 'kaudit policy table' takes one policy"},
      {{"policy", "table", ""}, with("! an argument is empty", kUnset)},
      {{"policy", "init", "x.yaml"},
       "! unexpected argument 'x.yaml' | 'kaudit policy init --help' lists the options"},
      {{"policy"},
       "! 'kaudit policy' needs a command | give one of: init, lint, explain, table, install"},
      {{"policy", "--preset=cis"},
       "! unknown command 'policy --preset=cis' | give one of: init, lint, explain, table, "
       "install"},
      {{"policy", "lnt"},
       "! unknown command 'policy lnt', did you mean 'policy lint'? | give one of: init, lint, "
       "explain, table, install"},
      {{"polcy", "lint"},
       "! unknown command 'polcy', did you mean 'policy'? | 'kaudit --help' lists the commands"},
      {{"lint"},
       "! unknown command 'lint', did you mean 'policy lint'? | 'kaudit --help' lists the "
       "commands"},
      {{"policy", "--help"}, "--help policy"},
      {{"policy", "lint", "-h"}, "--help policy lint"},
      {{"--help", "policy"}, "--help policy"},
      {{"--help", "policy", "--help"}, "--help policy"},
      {{"--help", "policy", "lint"}, "--help policy lint"},
      {{"--help", "policy", "lint", "x"},
       "! unexpected argument 'x' behind 'lint' | 'kaudit --help' lists the commands"},
  });
}

TEST(Arguments, WantsTwoDashes) {
  expect_rows({
      {{"enable", "-audit-log-path=/a"},
       "! '-audit-log-path' needs two dashes | write '--audit-log-path=/a'"},
      {{"enable", "-dry-run"}, "! '-dry-run' needs two dashes | write '--dry-run'"},
      {{"enable", "-output=x"}, "! '-output' needs two dashes | write '--output=x'"},
      {{"enable", "-oout.yaml"}, "! '-oout.yaml' is not an option | write '-o out.yaml'"},
      {{"enable", "-o-"}, "! '-o-' is not an option | write '-o -'"},
      {{"enable", "-qq"}, with("! '-qq' is not an option", kEnableHelp)},
      {{"enable", "\u2013dry-run"},
       "! unexpected argument '\u2013dry-run' | write it with two plain dashes: '--dry-run'"},
      {{"enable", "\u2014audit-log-path=/a"},
       "! unexpected argument '\u2014audit-log-path=/a' | write it with two plain dashes: "
       "'--audit-log-path=/a'"},
  });
}

TEST(Arguments, TakesNoOtherWords) {
  expect_rows({
      {{"enable", "now"}, with("! unexpected argument 'now'", kEnableHelp)},
      {{"enable", "--dry-run", "false"}, "! unexpected argument 'false' | write '--dry-run=false'"},
      {{"enable", "--manifest=m", "false"}, with("! unexpected argument 'false'", kEnableHelp)},
      {{"enable", "--dry-run=true", "false"}, with("! unexpected argument 'false'", kEnableHelp)},
      {{"enable", "--manifest", "true", "false"},
       with("! unexpected argument 'false'", kEnableHelp)},
      {{"enable", "--dry-run", "--", "false"}, with("! unexpected argument 'false'", kEnableHelp)},
      {{"enable", "dry-run"},
       "! unexpected argument 'dry-run' | write it with two plain dashes: '--dry-run'"},
      {{"enable", "/etc/x.yaml"},
       "! unexpected argument '/etc/x.yaml' | to name the manifest, write "
       "'--manifest=/etc/x.yaml'"},
      {{"enable", "-"}, "! unexpected argument '-' | to name the manifest, write '--manifest=-'"},
      {{"enable", "--", "--dry-run"},
       "! unexpected argument '--dry-run' | write it with two plain dashes: '--dry-run'"},
      {{"enable", "--", "--help"},
       "! unexpected argument '--help' | write it with two plain dashes: '--help'"},
  });
}

TEST(Arguments, RefusesABooleanThatIsNone) {
  expect_rows({
      {{"enable", "--dry-run=maybe"},
       "! '--dry-run=maybe' is neither true nor false | write '--dry-run' or '--dry-run=false'"},
      {{"enable", "--audit-log-compress=yes"},
       "! '--audit-log-compress=yes' is neither true nor false | write '--audit-log-compress' or "
       "'--audit-log-compress=false'"},
  });
}

TEST(Arguments, RefusesAScalarGivenTwice) {
  expect_rows({
      {{"enable", "--manifest=a", "--manifest", "a"}, "enable manifest=a"},
      {{"enable", "-o", "a", "--output=b"},
       "! '--output' is given twice, as 'a' and as 'b' | give it once"},
      {{"enable", "--audit-log-maxage=1", "--audit_log_maxage=2"},
       "! '--audit-log-maxage' is given twice, as '1' and as '2' | give it once"},
      {{"enable", "--dry-run", "--dry-run=false"},
       "! '--dry-run' is given twice, as 'true' and as 'false' | give it once"},
      {{"enable", "--host-path=/a=/b", "--host-path=/c=/d", "--host-path=/a=/b"},
       "enable host-path=/a=/b host-path=/c=/d"},
  });
}

TEST(Arguments, HelpAndVersion) {
  expect_rows({
      {{"--help"}, "--help"},
      {{"-h"}, "--help"},
      {{"--help", "disable"}, "--help disable"},
      {{"--help", "disabel"},
       "! unknown command 'disabel', did you mean 'disable'? | 'kaudit --help' lists the commands"},
      {{"--help", "disable", "x"},
       "! unexpected argument 'x' behind 'disable' | 'kaudit --help' lists the commands"},
      {{"--help-all"}, "--help-all"},
      {{"--version"}, "--version"},
      {{"-V"}, "--version"},
      {{"--version", "enable"},
       "! unexpected argument 'enable' behind '--version' | 'kaudit --help' lists the commands"},
      {{"enable", "--help"}, "--help enable"},
      {{"rollback", "--bad", "", "-h"}, "--help rollback"},
      {{"enable", "--manifest", "--help"}, "--help enable"},
      {{"enable", "--help-all"}, "--help-all"},
  });
}

TEST(OptionTable, EveryOptionHasOneNameAndItsCommandsKnowIt) {
  for (const OptionInfo& option : all_options()) {
    for (const OptionInfo& other : all_options()) {
      if (other.id == option.id || other.name != option.name) continue;
      for (const CommandInfo& command : all_commands()) {
        EXPECT_FALSE(option.commands.contains(command.command) &&
                     other.commands.contains(command.command))
            << option.name << " of " << command.name;
      }
    }
    EXPECT_EQ(std::ranges::count(all_options(), option.id, &OptionInfo::id), 1) << option.name;
    EXPECT_EQ(option.rule == ValueRule::Switch, option.placeholder.empty()) << option.name;
    EXPECT_EQ(audit::find_flag(option.name), nullptr) << option.name;
  }
  ASSERT_EQ(all_commands().size(), 11U);
  for (const CommandInfo& command : all_commands()) {
    EXPECT_EQ(name_of(command.command), command.name);
  }
  EXPECT_EQ(name_of(Command::Version), "");
}

}  // namespace
}  // namespace kaudit::cli
