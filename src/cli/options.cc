#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "audit/go_value.h"
#include "audit/presets.h"
#include "check/rules.h"
#include "cli/policy_input.h"
#include "text/nearest.h"

namespace kaudit::cli {
namespace {

using text::ErrorKind;
using text::Result;
using MaybeError = std::optional<text::Error>;

text::Error usage(std::string message, std::string hint) {
  return {ErrorKind::Usage, std::move(message), std::move(hint), {}};
}

template <typename Enum>
struct Word {
  std::string_view text;
  Enum value;
};

constexpr std::array<Word<HostChecks>, 3> kHostChecks = {
    {{"auto", HostChecks::Auto}, {"on", HostChecks::On}, {"off", HostChecks::Off}}};
constexpr std::array<Word<ReportFormat>, 2> kFormats = {
    {{"text", ReportFormat::Text}, {"json", ReportFormat::Json}}};
constexpr std::array<Word<ReportFormat>, 5> kCheckFormats = {
    {{"text", ReportFormat::Text},
     {"json", ReportFormat::Json},
     {"sarif", ReportFormat::Sarif},
     {"github", ReportFormat::Github},
     {"markdown", ReportFormat::Markdown}}};
constexpr std::array<Word<ReportFormat>, 3> kTableFormats = {
    {{"text", ReportFormat::Text}, {"json", ReportFormat::Json}, {"html", ReportFormat::Html}}};
constexpr std::array<Word<check::Severity>, 3> kSeverities = {
    {{"error", check::Severity::Error},
     {"warning", check::Severity::Warning},
     {"note", check::Severity::Note}}};
constexpr std::array<Word<check::Benchmark>, 2> kProfiles = {
    {{"cis", check::Benchmark::Cis}, {"stig", check::Benchmark::Stig}}};
constexpr std::array<Word<ColorMode>, 3> kColors = {
    {{"auto", ColorMode::Auto}, {"always", ColorMode::Always}, {"never", ColorMode::Never}}};

template <typename Enum>
MaybeError set_word(Enum& target, std::string_view option, std::span<const Word<Enum>> words,
                    std::string_view text) {
  for (const Word<Enum>& word : words) {
    if (word.text != text) continue;
    target = word.value;
    return std::nullopt;
  }
  std::string list(words.front().text);
  for (const Word<Enum>& word : words.subspan(1)) {
    list += fmt::format("{}{}", word.text == words.back().text ? " or " : ", ", word.text);
  }
  return usage(fmt::format("'--{}={}' is not possible", option, text), "give " + list);
}

bool has_dot_dot(std::string_view path) {
  return std::ranges::any_of(std::views::split(path, '/'), [](const auto& component) {
    return std::string_view(component.begin(), component.end()) == "..";
  });
}

MaybeError add_host_path(std::vector<HostPathPair>& pairs, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return usage(fmt::format("'--host-path={}' is not CONTAINER=HOST", text),
                 "write '--host-path=/path/in/container=/path/on/host'");
  }
  HostPathPair pair{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
  for (const std::string& path : {pair.container, pair.host}) {
    if (!path.starts_with('/')) {
      return usage(fmt::format("'{}' in '--host-path={}' is not an absolute path", path, text),
                   "both paths begin with /");
    }
    if (has_dot_dot(path)) {
      return usage(fmt::format("'{}' in '--host-path={}' contains '..'", path, text),
                   "the kubelet refuses such paths; write where it leads to");
    }
  }
  const auto known = std::ranges::find(pairs, pair.container, &HostPathPair::container);
  if (known != pairs.end()) {
    return usage(fmt::format("'--host-path' is given twice for '{}', as '{}' and as '{}'",
                             pair.container, known->host, pair.host),
                 "give it once");
  }
  pairs.push_back(std::move(pair));
  return std::nullopt;
}

MaybeError set_version(std::optional<kube::KubernetesVersion>& target, std::string_view text) {
  target = kube::parse_kubernetes_version(text);
  if (target) return std::nullopt;
  return usage(fmt::format("'--kubernetes-version={}' is not a Kubernetes version", text),
               "write it as 1.30 or v1.30.2");
}

MaybeError check_rule_id(std::string_view id) {
  if (check::find_rule(id) != nullptr) return std::nullopt;
  std::vector<std::string_view> ids;
  for (const check::Rule& rule : check::all_rules()) ids.push_back(rule.id);
  std::string message = fmt::format("there is no rule '{}'", id);
  if (const auto guess = text::nearest(id, ids))
    message += fmt::format(", did you mean '{}'?", *guess);
  return usage(std::move(message), "'kaudit check --list-rules' lists them");
}

MaybeError add_disabled(std::vector<std::string>& rules, std::string_view value) {
  if (MaybeError error = check_rule_id(value)) return error;
  rules.emplace_back(value);
  return std::nullopt;
}

MaybeError set_profile(std::optional<check::Benchmark>& profile, std::string_view option,
                       std::string_view value) {
  check::Benchmark benchmark = check::Benchmark::Cis;
  if (MaybeError error = set_word<check::Benchmark>(benchmark, option, kProfiles, value))
    return error;
  profile = benchmark;
  return std::nullopt;
}

// Plain seconds, or a Go duration.
Result<std::chrono::milliseconds> duration(std::string_view option, std::string_view text) {
  const auto seconds = audit::parse_go_int(text);
  const auto parsed =
      audit::parse_go_duration(seconds ? std::string(text) + "s" : std::string(text));
  constexpr std::chrono::nanoseconds kLeast = std::chrono::seconds(1);
  constexpr std::chrono::nanoseconds kMost = std::chrono::hours(24);
  if (parsed && *parsed >= kLeast && *parsed <= kMost)
    return std::chrono::duration_cast<std::chrono::milliseconds>(*parsed);
  return std::unexpected(
      usage(fmt::format("'--{}={}' is no time from a second to a day", option, text),
            "write seconds, or a duration such as 90s or 4m"));
}

MaybeError set_wait(Options& options, const Argument& argument, std::string_view value) {
  const auto time = duration(argument.name, value);
  if (!time) return time.error();
  if (argument.id == OptionId::Wait)
    options.wait = *time;
  else
    options.rollback_wait = *time;
  return std::nullopt;
}

std::span<const Word<ReportFormat>> formats_of(Command command) {
  if (command == Command::Check || command == Command::PolicyLint) return kCheckFormats;
  if (command == Command::PolicyTable) return kTableFormats;
  return kFormats;
}

MaybeError set_preset(std::string& preset, std::string_view name) {
  if (audit::find_preset(name) == nullptr) return unknown_preset(name);
  preset = name;
  return std::nullopt;
}

// Where an option's value goes. `Help`, `HelpAll` and `Version` have become commands before.
MaybeError store(Options& options, const Argument& argument, const std::string& value) {
  const bool on = value == "true";
  switch (argument.id) {
    case OptionId::Manifest:
      options.manifest_given = true;
      options.manifest = value;
      break;
    case OptionId::AuditFlag:
      options.settings.set(argument.flag->flag, value);
      break;
    case OptionId::HostPath:
      return add_host_path(options.host_paths, value);
    case OptionId::PolicyFrom:
      options.policy_from = value;
      break;
    case OptionId::ReplacePolicy:
      options.replace_policy = on;
      break;
    case OptionId::KubernetesVersion:
      return set_version(options.kubernetes_version, value);
    case OptionId::Root:
      options.root = value;
      break;
    case OptionId::HostChecks:
      return set_word<HostChecks>(options.host_checks, argument.name, kHostChecks, value);
    case OptionId::Force:
      options.force = on;
      break;
    case OptionId::AllowLogDeletion:
      options.allow_log_deletion = on;
      break;
    case OptionId::DryRun:
      options.dry_run = on;
      break;
    case OptionId::ExitCode:
      options.exit_code = on;
      break;
    case OptionId::Diff:
      options.diff = on;
      break;
    case OptionId::Output:
      options.output = value;
      break;
    case OptionId::BackupDir:
      options.backup_dir = value;
      break;
    case OptionId::Wait:
    case OptionId::RollbackWait:
      return set_wait(options, argument, value);
    case OptionId::Format:
      return set_word<ReportFormat>(options.format, argument.name, formats_of(options.command),
                                    value);
    case OptionId::Disable:
      return add_disabled(options.disabled_rules, value);
    case OptionId::FailOn:
      return set_word<check::Severity>(options.fail_on, argument.name, kSeverities, value);
    case OptionId::Preset:
      return set_preset(options.preset, value);
    case OptionId::User:
      options.request.user = value;
      break;
    case OptionId::Group:
      options.request.groups.push_back(value);
      break;
    case OptionId::Verb:
      options.request.verb = value;
      break;
    case OptionId::Resource:
      options.request.resource = value;
      break;
    case OptionId::Namespace:
      options.request.namespace_name = value;
      break;
    case OptionId::Name:
      options.request.name = value;
      break;
    case OptionId::Path:
      options.request.path = value;
      break;
    case OptionId::Requests:
      options.requests = value;
      break;
    case OptionId::Other:
      options.other_policy = value;
      break;
    case OptionId::Profile:
      return set_profile(options.profile, argument.name, value);
    case OptionId::KubeadmConfig:
      options.kubeadm_config = value;
      break;
    case OptionId::PatchesDir:
      options.patches_dir = value;
      break;
    case OptionId::PrintCommand:
      options.print_command = on;
      break;
    case OptionId::Summary:
      options.summary = on;
      break;
    case OptionId::ListRules:
      options.list_rules = on;
      break;
    case OptionId::Explain:
      options.explained_rule = value;
      return check_rule_id(value);
    case OptionId::Quiet:
      options.quiet = on;
      break;
    case OptionId::Color:
      return set_word<ColorMode>(options.color, argument.name, kColors, value);
    case OptionId::Help:
    case OptionId::HelpAll:
    case OptionId::Version:
      break;
  }
  return std::nullopt;
}

// Where CLI11's callbacks store values; the first error is kept.
struct Binding {
  Options& options;
  MaybeError error;

  void store_value(const Argument& argument, const std::string& value) {
    if (!error) error = store(options, argument, value);
  }
};

// CLI11 binds the values. Only the given command is built, and of its options only those given: the
// normaliser has refused all others, and each costs CLI11 microseconds of a start that has few.
MaybeError bind(Options& options, const Arguments& arguments) {
  Binding binding{options, {}};
  CLI::App app;
  // Of two words the second is enough: the normaliser knows which command it is.
  const std::string_view words_of_command = name_of(arguments.command);
  const std::string word(words_of_command.substr(words_of_command.rfind(' ') + 1));
  CLI::App* command = app.add_subcommand(word);
  std::vector<std::string> words;
  for (const Argument& argument : arguments.options) {
    const std::string name = fmt::format("--{}", argument.name);
    words.push_back(fmt::format("{}={}", name, argument.value));
    if (command->get_option_no_throw(name) != nullptr) continue;
    const CLI::callback_t keep = [&binding, &argument](const CLI::results_t& values) {
      for (const std::string& value : values) binding.store_value(argument, value);
      return true;
    };
    // Without extra arguments CLI11 also leaves values such as "[a,b]" in one piece.
    command->add_option(name, keep)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
  }
  words.push_back(word);
  // CLI11 takes its words from the back.
  std::ranges::reverse(words.begin(), words.end() - 1);
  try {
    app.parse(std::move(words));
  } catch (const CLI::Error& failure) {
    return usage(failure.what(), {});
  }
  return std::move(binding.error);
}

// Does the patched document want standard output, in the words of the command line?
std::string_view wants_stdout(const Options& options) {
  if (options.output == "-") return "-o -";
  return options.reads_stdin() ? "--manifest -" : "";
}

MaybeError check_outputs(const Options& options) {
  if (options.dry_run && !options.output.empty()) {
    return usage("'--dry-run' writes nothing, and '-o' names a file to write", "leave one out");
  }
  const bool compares = options.dry_run || !options.other_policy.empty();
  if (options.exit_code && options.command == Command::PolicyTable && !compares)
    return usage("'--exit-code' needs '--diff'", "name the policy to compare with");
  if (options.exit_code && !compares) {
    return usage("'--exit-code' needs '--dry-run'",
                 "without it the exit code says whether kaudit succeeded");
  }
  const std::string_view stdout_user = wants_stdout(options);
  if (stdout_user.empty() || options.dry_run) return std::nullopt;
  if (options.format == ReportFormat::Json) {
    return usage(fmt::format("'--format json' and '{}' both want standard output", stdout_user),
                 "add '--dry-run', or write to a file with '-o FILE' and '--manifest FILE'");
  }
  if (options.diff && options.writes_stdout()) {
    return usage(fmt::format("'--diff' and '{}' both want standard output", stdout_user),
                 "add '--dry-run' to see the diff alone");
  }
  return std::nullopt;
}

// Waiting is for the manifest that this machine's kubelet runs.
MaybeError check_wait(const Options& options, bool rollback_wait_given) {
  if (!options.wait) {
    if (!rollback_wait_given) return std::nullopt;
    return usage("'--rollback-wait' needs '--wait'", "without it nothing is taken back");
  }
  const std::string_view other = options.dry_run           ? "--dry-run"
                                 : !options.output.empty() ? "-o"
                                 : options.reads_stdin()   ? "--manifest -"
                                                           : "";
  if (!other.empty()) {
    return usage(
        fmt::format("'--wait' waits for the kubelet, and with '{}' it has nothing to do", other),
        "leave one out");
  }
  if (options.root.find_first_not_of('/') != std::string::npos) {
    return usage("'--wait' needs this machine's processes, and '--root' names another's files",
                 "leave out '--wait', or run kaudit on the node itself");
  }
  return std::nullopt;
}

// The old and the new name set the same variable of kube-apiserver, which lets the later one win.
MaybeError check_backoff_names(const audit::AuditSettings& settings) {
  constexpr audit::AuditFlag kNew = audit::AuditFlag::WebhookInitialBackoff;
  constexpr audit::AuditFlag kOld = audit::AuditFlag::WebhookBatchInitialBackoff;
  const auto now = settings.value(kNew);
  const auto before = settings.value(kOld);
  if (!now || !before || audit::same_value(kNew, *now, *before)) return std::nullopt;
  return usage(fmt::format("'--{}={}' contradicts '--{}={}', its old name", audit::name_of(kNew),
                           *now, audit::name_of(kOld), *before),
               "give only the first");
}

// What `check` is asked to print must be one thing.
MaybeError check_report(const Options& options) {
  if (options.command != Command::Check && options.command != Command::PolicyLint)
    return std::nullopt;
  if (options.manifest_given && !options.files.empty()) {
    return usage("'--manifest' and a file name are both given",
                 "name every file without an option");
  }
  const bool rules = options.list_rules || !options.explained_rule.empty();
  if (rules && !options.files.empty()) {
    return usage("'--list-rules' and '--explain' look at no file", "leave the file out");
  }
  if (options.format == ReportFormat::Markdown && !options.list_rules) {
    return usage("'--format=markdown' needs '--list-rules'", "give text, json, sarif or github");
  }
  const bool special =
      options.format == ReportFormat::Sarif || options.format == ReportFormat::Github;
  if (special && (rules || options.profile || options.summary)) {
    return usage("sarif and github are forms of findings alone", "give '--format=json'");
  }
  if (options.summary && (options.profile || options.format != ReportFormat::Text)) {
    return usage("'--summary' is a table of its own",
                 "leave out '--profile' and '--format'; the JSON holds the same totals");
  }
  const auto inputs = std::ranges::count(options.files, "-") + (options.manifest == "-" ? 1 : 0) +
                      (options.kubeadm_config == "-" ? 1 : 0);
  if (inputs > 1) {
    return usage("standard input is named twice", "name it once");
  }
  return std::nullopt;
}

// One request: for an object or for a path; or a file of many.
MaybeError check_asked(const Options& options) {
  if (options.command != Command::PolicyExplain) return std::nullopt;
  const AskedRequest& asked = options.request;
  const bool any = asked.user || !asked.groups.empty() || asked.verb || asked.resource ||
                   asked.namespace_name || asked.name || asked.path;
  if (!options.requests.empty()) {
    if (!any) return std::nullopt;
    return usage("'--requests' names a file of requests, and one is described by options",
                 "leave one out");
  }
  if (asked.path && (asked.resource || asked.namespace_name || asked.name)) {
    return usage(
        "'--path' says all of a request, and '--resource', '--namespace' or '--name' is "
        "given, too",
        "leave one out");
  }
  if (!asked.path && !asked.resource) {
    return usage("which request? '--resource' or '--path' is missing",
                 "for instance '--verb=get --resource=secrets --namespace=default'");
  }
  return std::nullopt;
}

MaybeError check_policy_words(const Options& options) {
  const bool is_policy_command =
      options.command == Command::PolicyExplain || options.command == Command::PolicyTable;
  if (!is_policy_command) return std::nullopt;
  if (options.manifest_given && !options.files.empty()) {
    return usage("'--manifest' and a policy are both given",
                 "--manifest is for the policy that it names; leave one out");
  }
  if (std::ranges::count(options.files, "-") + (options.other_policy == "-" ? 1 : 0) +
          (options.requests == "-" ? 1 : 0) >
      1) {
    return usage("standard input is named twice", "name it once");
  }
  if (!options.other_policy.empty() && options.format != ReportFormat::Text) {
    return usage("'--diff' is a table for people", "leave out '--format'");
  }
  return check_asked(options);
}

// A policy goes to the node, and only together with its manifest.
MaybeError check_policy_from(const Options& options) {
  if (options.command == Command::PolicyInstall) {
    if (options.policy_from.empty())
      return usage("which policy is to be installed?",
                   "name a file, or a preset such as preset:recommended");
    if (!options.reads_stdin()) return std::nullopt;
    return usage("'kaudit policy install' works on the node, and '--manifest -' is none",
                 "leave out '--manifest'");
  }
  if (options.replace_policy && options.policy_from.empty())
    return usage("'--replace-policy' needs '--policy-from'",
                 "name the policy that is to be there instead");
  const std::string_view elsewhere = !options.output.empty() ? "-o"
                                     : options.reads_stdin() ? "--manifest -"
                                                             : "";
  if (options.policy_from.empty() || elsewhere.empty()) return std::nullopt;
  return usage(fmt::format("'--policy-from' writes a policy to the node, and '{}' leaves the node "
                           "as it is",
                           elsewhere),
               "leave one out; 'kaudit policy init -o FILE' writes a policy anywhere");
}

MaybeError check_kubeadm(const Options& options) {
  if (options.command != Command::KubeadmPatch) return std::nullopt;
  if (options.patches_dir.empty())
    return usage("'--dir' is missing", "name the folder that kubeadm is given with --patches");
  if (options.print_command && options.dry_run)
    return usage("'--print-command' writes nothing, as '--dry-run' does", "leave one out");
  if (!options.print_command) return std::nullopt;
  const auto given = options.settings.flags();
  const std::string what = !given.empty() ? fmt::format("--{}", audit::name_of(given.front()))
                           : !options.host_paths.empty() ? "--host-path"
                           : options.profile             ? "--profile"
                                                         : "";
  if (!what.empty())
    return usage(fmt::format("'--print-command' writes no patch, and '{}' is for one", what),
                 "leave one out");
  return std::nullopt;
}

MaybeError check_rules(const Options& options, bool rollback_wait_given) {
  if (MaybeError error = check_kubeadm(options)) return error;
  if (MaybeError error = check_report(options)) return error;
  if (MaybeError error = check_policy_words(options)) return error;
  if (options.command == Command::Rollback && options.reads_stdin()) {
    return usage("'kaudit rollback' cannot read standard input",
                 "name the manifest whose last change is to be undone");
  }
  if (options.command == Command::Status && options.reads_stdin()) {
    return usage("'kaudit status' cannot read standard input", "name the node's manifest");
  }
  if (MaybeError error = check_policy_from(options)) return error;
  if (MaybeError error = check_outputs(options)) return error;
  if (MaybeError error = check_wait(options, rollback_wait_given)) return error;
  return check_backoff_names(options.settings);
}

}  // namespace

Result<Options> parse_options(std::span<const std::string_view> words) {
  Result<Arguments> arguments = normalize_arguments(words);
  if (!arguments) return std::unexpected(std::move(arguments).error());
  Options options;
  options.command = arguments->command;
  options.help_for = arguments->help_for;
  options.help_group = arguments->help_group;
  options.files = arguments->files;
  if (MaybeError error = bind(options, *arguments)) return std::unexpected(*std::move(error));
  if (options.command == Command::PolicyInstall) {
    if (!options.files.empty()) options.policy_from = options.files.front();
    options.replace_policy = true;
  }
  const bool rollback_wait_given = std::ranges::any_of(
      arguments->options,
      [](const Argument& argument) { return argument.id == OptionId::RollbackWait; });
  if (MaybeError error = check_rules(options, rollback_wait_given))
    return std::unexpected(*std::move(error));
  return options;
}

}  // namespace kaudit::cli
