#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "audit/flag_table.h"
#include "audit/presets.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/report_parts.h"

namespace kaudit::cli {
namespace {

void append_row(std::string& out, std::string_view head, std::string_view text,
                std::size_t indent) {
  const std::string left = fmt::format("  {}", head);
  out.append(left);
  append_wrapped(out, text, left.size(), indent);
}

// "-o, --output=FILE", with room for a letter where there is none.
std::string spelled(const OptionInfo& option) {
  std::string head = option.letter == '\0' ? "    " : fmt::format("-{}, ", option.letter);
  head += fmt::format("--{}", option.name);
  if (option.rule == ValueRule::Optional) return head + fmt::format("[={}]", option.placeholder);
  if (!option.placeholder.empty()) head += fmt::format("={}", option.placeholder);
  return head;
}

constexpr std::size_t kOptionColumn = 30;
constexpr std::size_t kCommandColumn = 19;

void append_presets(std::string& out) {
  out += "\nPresets:\n";
  for (const audit::Preset& preset : audit::presets())
    append_row(out, preset.name, preset.summary, kCommandColumn);
}

void append_options(std::string& out, Command command) {
  for (const OptionInfo& option : all_options()) {
    if (option.commands.contains(command)) {
      append_row(out, spelled(option), option.help, kOptionColumn);
    }
  }
}

std::string_view flag_placeholder(const audit::FlagInfo& flag) {
  if (flag.is_path()) return "PATH";
  switch (flag.type) {
    case audit::FlagType::Bool:
      return "";
    case audit::FlagType::String:
      return "WORD";
    case audit::FlagType::Duration:
      return "TIME";
    default:
      return "N";
  }
}

std::string spelled(const audit::FlagInfo& flag) {
  const std::string_view placeholder = flag_placeholder(flag);
  return placeholder.empty() ? fmt::format("--{}", flag.name)
                             : fmt::format("--{}={}", flag.name, placeholder);
}

void append_common_flags(std::string& out) {
  for (const audit::FlagInfo& flag : audit::all_flags()) {
    if (!flag.common) continue;
    const std::string unit = flag.is_path() ? "" : fmt::format(" {}", flag.unit);
    append_row(out, spelled(flag),
               fmt::format("{} (default: {}{})", flag.help, flag.kaudit_default, unit),
               kOptionColumn);
  }
}

// "int, days; default 366 (0 before 1.36); since 1.10"
std::string facts(const audit::FlagInfo& flag) {
  std::string text(audit::type_name(flag.type));
  if (!flag.unit.empty()) text += fmt::format(", {}", flag.unit);
  if (!flag.words.empty()) text += fmt::format(": {}", flag.words_in(kube::kNewestKnown));
  const std::string_view now = flag.defaults.back().value;
  text += now.empty() ? "; no default" : fmt::format("; default {}", now);
  if (flag.defaults.size() > 1) {
    text += fmt::format(" ({} before {})", flag.defaults.front().value,
                        flag.defaults.back().since.release());
  }
  constexpr kube::KubernetesVersion kOldestTold{1, 7, {}};
  if (flag.since >= kOldestTold) text += fmt::format("; since {}", flag.since.release());
  if (flag.removed)
    text += fmt::format(", last in {}", flag.last_release().value_or(flag.since).release());
  if (!flag.needs.empty()) text += fmt::format("; needs {}", flag.needs);
  return text;
}

std::string_view usage_line(Command command) {
  switch (command) {
    case Command::Enable:
      return "kaudit enable [--audit-...=VALUE ...] [OPTION ...]";
    case Command::Disable:
      return "kaudit disable [OPTION ...]";
    case Command::Status:
      return "kaudit status [OPTION ...]";
    case Command::Check:
      return "kaudit check [FILE ...] [OPTION ...]";
    case Command::PolicyInit:
      return "kaudit policy init [--preset=NAME] [-o FILE]";
    case Command::PolicyLint:
      return "kaudit policy lint [FILE ...] [OPTION ...]";
    case Command::PolicyExplain:
      return "kaudit policy explain [FILE] --verb=VERB --resource=NAME [OPTION ...]";
    case Command::PolicyTable:
      return "kaudit policy table [FILE] [OPTION ...]";
    case Command::PolicyInstall:
      return "kaudit policy install FILE [OPTION ...]";
    case Command::Rollback:
      return "kaudit rollback [OPTION ...]";
    case Command::KubeadmPatch:
      return "kaudit kubeadm patch --dir=DIR [--audit-...=VALUE ...] [OPTION ...]";
    default:
      return "kaudit COMMAND [OPTION ...]";
  }
}

std::string_view description(Command command) {
  switch (command) {
    case Command::Enable:
      return R"(Turns API server auditing on in the manifest, or changes its settings: the flags
given, and the volumes and mounts they need. What is there already stays as it
is, also where a default differs; running it again changes nothing.

With '--policy-from' a policy is written to the node before the manifest that
the kubelet runs is changed, unless kube-apiserver would refuse it.

The file is a static Pod's manifest, or one with kubeadm's ClusterConfiguration.

'--manifest -' reads standard input and writes standard output.
)";
    case Command::Disable:
      return R"(Takes every audit flag out of the manifest again, with the volumes and mounts
that served only them. Logs, policy and backups stay on disk.

'--manifest -' reads standard input and writes standard output.
)";
    case Command::Status:
      return R"(Tells whether events are being recorded now: the API server that runs and its
audit flags, whether the manifest agrees, the policy, and the log with its age
and size. Changes nothing. The exit code is 0 only if events are being recorded.
)";
    case Command::Check:
      return R"(Finds every way in which auditing does not work, is unsafe, or loses events, and
says where, what happens, and how to mend it. Changes nothing.

Checks the live manifest unless files are given. A directory stands for the API
server manifests in it and below it, '-' for standard input.
)";
    case Command::PolicyInit:
      return R"(Prints a commented audit policy, ready to be read and changed.
)";
    case Command::PolicyLint:
      return R"(Finds what kube-apiserver refuses in an audit policy, what it silently ignores,
what never matches, what leaks, and what is only noise. Changes nothing.

FILE is a policy, a directory of them, '-' for standard input, or a preset as
preset:NAME; without one it is the policy that the live manifest names.
'kaudit check --list-rules' lists the rules.
)";
    case Command::PolicyExplain:
      return R"(Says what is recorded of a request: the level, the stages, what the event holds,
which rule decides, and why each rule before it does not.

FILE is a policy, '-' for standard input, or a preset as preset:NAME; without
one it is the policy that the live manifest names.
)";
    case Command::PolicyTable:
      return R"(Shows what is recorded of every kind of request: a matrix of resources and verbs
with the level in each cell. '--format=html' gives a page with the rules.

FILE is a policy, '-' for standard input, or a preset as preset:NAME; without
one it is the policy that the live manifest names.
)";
    case Command::PolicyInstall:
      return R"(Replaces the policy that the live manifest names, and sets the Pod's annotation
kaudit.io/policy-sha256, because the kubelet restarts the API server only for a
manifest that changes, and the API server reads its policy only when it starts.
The policy is checked first; a backup of the old one is kept.

FILE is a policy, '-' for standard input, or a preset as preset:NAME. It may be
the policy file itself, where that was edited in place.
)";
    case Command::Rollback:
      return R"(Puts the manifest back as it was before kaudit's last change, from the backup.
Each further rollback goes one change further back. Refuses if somebody else
changed the manifest meanwhile.
)";
    case Command::KubeadmPatch:
      return R"(Writes kube-apiserver0-kaudit+json.yaml into the folder: a patch with which
kubeadm turns auditing on in every manifest that it writes. kubeadm does not
remember the folder; give it with every init, join and upgrade.

Use either this or the ClusterConfiguration ('kaudit enable --manifest FILE').
)";
    default:
      return "";
  }
}

std::string_view examples(Command command) {
  switch (command) {
    case Command::Enable:
      return R"(  kaudit enable --dry-run                  see what would change on this node
  kaudit enable --wait                     do it, and take it back if it fails
  kaudit enable --policy-from=preset:recommended
                                           with a policy, if there is none yet
  kaudit enable --audit-log-maxage=90      keep logs longer
  kaudit enable --manifest in.yaml -o out.yaml
  kaudit enable --manifest - < in.yaml > out.yaml
)";
    case Command::Disable:
      return R"(  kaudit disable --dry-run
  kaudit disable
)";
    case Command::Status:
      return R"(  kaudit status
  kaudit status --format=json
)";
    case Command::Check:
      return R"(  kaudit check                             this node, with its files
  kaudit check *.yaml --fail-on=warning    in CI
  kaudit check fleet/ --summary            a line a file
  kaudit check --profile=cis               what the CIS benchmark asks for
  kaudit check --explain log-mounted-as-file
)";
    case Command::PolicyInit:
      return R"(  kaudit policy init                       the recommended one
  kaudit policy init --preset=stig -o audit-policy.yaml
)";
    case Command::PolicyLint:
      return R"(  kaudit policy lint                       the policy of this node
  kaudit policy lint audit-policy.yaml --fail-on=warning
  kaudit policy init | kaudit policy lint -
)";
    case Command::PolicyExplain:
      return R"(  kaudit policy explain --user=jane --verb=get --resource=secrets -n default
  kaudit policy explain p.yaml --verb=patch --resource=deployments.apps/scale
  kaudit policy explain preset:recommended --path=/healthz
  kaudit policy explain policy.yaml --requests=requests.jsonl
)";
    case Command::PolicyTable:
      return R"(  kaudit policy table                      the policy of this node
  kaudit policy table policy.yaml --user=system:kube-scheduler
  kaudit policy table policy.yaml --format=html > policy.html
  kaudit policy table policy.yaml --diff=preset:recommended
)";
    case Command::PolicyInstall:
      return R"(  kaudit policy install audit-policy.yaml --dry-run
  kaudit policy install audit-policy.yaml --wait
  kaudit policy install /etc/kubernetes/audit/audit-policy.yaml --wait
)";
    case Command::Rollback:
      return R"(  kaudit rollback --dry-run
  kaudit rollback
)";
    case Command::KubeadmPatch:
      return R"(  kaudit kubeadm patch --dir=/etc/kubernetes/patches
  kaudit kubeadm patch --dir=/etc/kubernetes/patches --audit-log-maxage=90
  kaudit kubeadm patch --dir=/etc/kubernetes/patches --print-command
)";
    default:
      return R"(  kaudit enable --dry-run                  see what would change on this node
  kaudit enable                            turn auditing on
  kaudit enable --audit-log-maxage=90      change a setting
  kaudit check                             is anything wrong?
  kaudit policy table                      what is recorded of which request?
  kaudit disable                           turn auditing off again
  kaudit rollback                          undo kaudit's last change
)";
  }
}

}  // namespace

std::string exit_code_table() {
  std::string out;
  for (const ExitCodeMeaning& row : kExitCodes) {
    const std::string meaning =
        row.in_use ? std::string(row.meaning) : fmt::format("not used yet: {}", row.meaning);
    append_row(out, fmt::format("{}", to_int(row.code)), meaning, 5);
  }
  return out;
}

std::string help() {
  std::string out =
      "kaudit turns Kubernetes API server auditing on by editing the static Pod\n"
      "manifest of kube-apiserver, or the ClusterConfiguration from which kubeadm\n"
      "writes it, and changes nothing else in it.\n\nUsage: ";
  out.append(usage_line(Command::Help)).append("\n\nCommands:\n");
  for (const CommandInfo& command : all_commands())
    append_row(out, command.name, command.help, kCommandColumn);
  out += "\nCommon options of 'enable', named as kube-apiserver names its flags:\n";
  append_common_flags(out);
  out += "\nCommon options of every command:\n";
  for (const OptionInfo& option : all_options()) {
    if (option.id != OptionId::Manifest && option.id != OptionId::DryRun) continue;
    append_row(out,
               fmt::format("--{}{}{}", option.name, option.placeholder.empty() ? "" : "=",
                           option.placeholder),
               option.help, kOptionColumn);
  }
  out.append("\nExamples:\n").append(examples(Command::Help));
  out.append("\nExit codes:\n").append(exit_code_table());
  out += "\nMore: kaudit COMMAND --help, and kaudit --help-all for every audit option.\n";
  return out;
}

std::string group_help(std::string_view group) {
  std::string out = fmt::format("Usage: kaudit {} COMMAND [OPTION ...]\n\nCommands:\n", group);
  for (const CommandInfo& command : all_commands()) {
    if (group_of(command) == group) append_row(out, command.name, command.help, kCommandColumn);
  }
  out += fmt::format("\nMore: kaudit {} COMMAND --help.\n", group);
  return out;
}

std::string command_help(Command command) {
  std::string out = "Usage: ";
  out.append(usage_line(command)).append("\n\n").append(description(command));
  if (command == Command::PolicyInit) append_presets(out);
  if (command == Command::Enable || command == Command::KubeadmPatch) {
    out += "\nAudit settings (kaudit --help-all lists every one):\n";
    append_common_flags(out);
  }
  out += "\nOptions:\n";
  append_options(out, command);
  out.append("\nExamples:\n").append(examples(command));
  out.append("\nExit codes:\n").append(exit_code_table());
  return out;
}

std::string help_all() {
  std::string out = fmt::format(
      "Every audit option of 'kaudit enable'. Names, types and defaults are those of\n"
      "kube-apiserver {}; --kubernetes-version or the image's tag choose the release.\n",
      kube::kNewestKnown.release());
  std::string_view title;
  for (const audit::FlagInfo& flag : audit::all_flags()) {
    if (audit::group_title(flag.group) != title) {
      title = audit::group_title(flag.group);
      out += fmt::format("\n{}\n", title);
    }
    out += fmt::format("  {}\n", spelled(flag));
    append_wrapped(out, flag.help, 0, 6);
    append_wrapped(out, fmt::format("[{}]", facts(flag)), 0, 6);
  }
  return out;
}

std::string version_text() {
  return "kaudit " KAUDIT_VERSION "\n";
}

}  // namespace kaudit::cli
