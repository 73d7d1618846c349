#include "cli/policy_input.h"

#include <fmt/format.h>

#include "audit/presets.h"
#include "check/check_api_server.h"
#include "check/check_manifest.h"
#include "cli/host_inspection.h"
#include "cli/input.h"
#include "cli/manifest_files.h"
#include "cli/node.h"
#include "cli/refusal.h"
#include "rollout/policy_file.h"
#include "rollout/replace_manifest.h"
#include "text/excerpt.h"
#include "text/nearest.h"

namespace kaudit::cli {
namespace {

using text::Error;
using text::ErrorKind;
using text::fail;
using text::Result;
using text::SourceText;

constexpr std::string_view kPresetPrefix = "preset:";

Result<std::string> preset_text(std::string_view name) {
  if (const audit::Preset* preset = audit::find_preset(name)) return std::string(preset->text);
  return std::unexpected(unknown_preset(name));
}

// Named files are this machine's, also beside --root.
Options of_this_machine(const Options& options, const std::string& word) {
  Options of_word = options;
  of_word.root = Options{}.root;
  of_word.manifest = word;
  of_word.manifest_given = true;
  return of_word;
}

Result<std::string> read_named(const Options& options, const std::string& word) {
  if (word.starts_with(kPresetPrefix)) return preset_text(word.substr(kPresetPrefix.size()));
  if (word == "-") return read_standard_input(rollout::kPolicyLimit, "no policy is that long");
  const Result<Node> node = open_node(of_this_machine(options, word));
  if (!node) return std::unexpected(node.error());
  Result<std::string> bytes = node->node_files->read_file(node->manifest, rollout::kPolicyLimit);
  if (!bytes && bytes.error().kind == ErrorKind::NotFound && audit::find_preset(word) != nullptr)
    bytes.error().hint = fmt::format("the preset is called preset:{}", word);
  return bytes;
}

std::unexpected<Error> no_policy(std::string message) {
  return fail(ErrorKind::NotFound, std::move(message),
              "name a policy file, or a preset as preset:recommended");
}

}  // namespace

Error unknown_preset(std::string_view name) {
  std::vector<std::string_view> names;
  for (const audit::Preset& preset : audit::presets()) names.push_back(preset.name);
  std::string message = fmt::format("there is no preset '{}'", name);
  if (const auto guess = text::nearest(name, names))
    message += fmt::format(", did you mean '{}'?", *guess);
  return {ErrorKind::Usage,
          std::move(message),
          fmt::format("the presets are {}", fmt::join(names, ", ")),
          {}};
}

Result<PolicyText> read_policy(const Options& options, const std::string& word) {
  Result<std::string> bytes = read_named(options, word);
  if (!bytes) return std::unexpected(bytes.error());
  return PolicyText{
      std::make_shared<const SourceText>(word == "-" ? "<stdin>" : word, std::move(*bytes)),
      options.kubernetes_version.value_or(kube::kNewestKnown)};
}

Result<PolicyText> read_policy_of_manifest(const Options& options) {
  const Result<Node> node = open_node(options);
  if (!node) return std::unexpected(node.error());
  Result<std::string> bytes =
      options.reads_stdin()
          ? read_standard_input(rollout::kManifestLimit, "no manifest is that long")
          : node->manifest_files->read_file(node->manifest, rollout::kManifestLimit);
  if (!bytes) {
    Error error = with_manifest_hint(bytes.error(), options);
    if (!options.manifest_given) error.hint = fmt::format("{}; or name a policy file", error.hint);
    return std::unexpected(std::move(error));
  }
  const check::CheckedManifest manifest = check::check_manifest(
      std::make_shared<const SourceText>(node->shown_manifest, std::move(*bytes)),
      options.kubernetes_version);
  if (manifest.error) {
    Error error = *manifest.error;
    error.message = fmt::format("{}: {}", node->shown_manifest, error.message);
    error.place.reset();
    return std::unexpected(std::move(error));
  }
  const audit::AuditSettings settings = check::effective_settings(manifest.api_server);
  if (settings.policy_file().empty())
    return no_policy(fmt::format("{} sets no --audit-policy-file", node->shown_manifest));
  const auto on_host = host_of(manifest.api_server, settings.policy_file());
  if (!on_host) {
    return no_policy(fmt::format("{}: --audit-policy-file={} is not on this host",
                                 node->shown_manifest, settings.policy_file()));
  }
  Result<std::string> policy = node->node_files->read_file(*on_host, rollout::kPolicyLimit);
  if (!policy) return std::unexpected(policy.error());
  return PolicyText{
      std::make_shared<const SourceText>(node->node_files->shown(*on_host), std::move(*policy)),
      manifest.version};
}

Result<std::vector<std::string>> policy_files(const Options& options, const std::string& word) {
  if (word.starts_with(kPresetPrefix)) return std::vector{word};
  const auto files = manifest_files(of_this_machine(options, word), word);
  if (!files) return std::unexpected(files.error());
  std::vector<std::string> names;
  for (const ManifestFile& file : *files) {
    if (file.error) return std::unexpected(*file.error);
    if (file.is_named) {
      names.push_back(file.name);
      continue;
    }
    const Result<std::string> bytes = read_named(options, file.name);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->find("audit.k8s.io") != std::string::npos) names.push_back(file.name);
  }
  if (names.empty())
    return fail(ErrorKind::NotFound, fmt::format("no audit policy is in {}", word),
                "name the file itself, whatever is in it");
  return names;
}

Result<UsablePolicy> use_policy(Result<PolicyText> text,
                                std::shared_ptr<const SourceText>& source) {
  if (!text) return std::unexpected(text.error());
  source = text->source;
  audit::LoadedPolicy loaded = audit::load_policy(text->source, text->version);
  if (loaded.unreadable) return std::unexpected(*loaded.unreadable);
  if (!loaded.problems.empty()) {
    const audit::PolicyProblem& first = loaded.problems.front();
    return std::unexpected(Error{
        ErrorKind::Conflict,
        text::one_line(fmt::format("kube-apiserver {} refuses this policy: {}",
                                   text->version.release(), first.message)),
        fmt::format("{}; 'kaudit policy lint' says all that is wrong", text::one_line(first.hint)),
        first.place});
  }
  return UsablePolicy{std::move(*text), std::move(loaded)};
}

}  // namespace kaudit::cli
