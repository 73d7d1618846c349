#include "cli/kubeadm_patch_command.h"

#include <fmt/core.h>

#include "cli/host_inspection.h"
#include "cli/kubeadm_lines.h"
#include "cli/node.h"
#include "cli/refusal.h"
#include "cli/report.h"
#include "edit/kubeadm_patch.h"
#include "host/node_path.h"
#include "host/system_clock.h"
#include "kube/kubeadm_patches.h"
#include "kube/node_paths.h"
#include "rollout/write_output.h"
#include "text/excerpt.h"
#include "text/line_diff.h"
#include "text/shell_word.h"
#include "text/unified_diff.h"
#include "yaml/parse.h"

namespace kaudit::cli {
namespace {

using host::FileKind;
using kube::PatchName;
using text::ErrorKind;
using text::fail;
using text::Result;
using text::SourceText;

constexpr std::size_t kPatchLimit = std::size_t{1} << 20;

class KubeadmPatchCommand {
 public:
  KubeadmPatchCommand(const Options& options, Output& output)
      : options_(options), output_(output) {}

  ExitCode run() {
    const Done done = options_.print_command ? print_command() : make_patch();
    if (!done) return refuse(options_, output_, done.error().error, done.error().source.get());
    output_.must_deliver = options_.dry_run || options_.print_command;
    const bool would_change = options_.dry_run && options_.exit_code && changed_;
    return would_change ? ExitCode::Findings : ExitCode::Done;
  }

 private:
  using Done = std::expected<void, edit::KubeadmPatchRefusal>;

  // A refusal that is not about a place in a file.
  static std::unexpected<edit::KubeadmPatchRefusal> refused(text::Error error) {
    return std::unexpected(edit::KubeadmPatchRefusal{std::move(error), nullptr});
  }

  kube::KubernetesVersion version() const {
    return options_.kubernetes_version.value_or(kube::kNewestKnown);
  }

  // ---- the lines for kubeadm -----------------------------------------------------------------

  Result<kube::PatchesOption> option() const {
    if (const auto option = kube::patches_option(version())) return *option;
    return fail(ErrorKind::Unsupported,
                fmt::format("kubeadm {} reads no patches; 1.19 is the first that does",
                            version().release()),
                "put the settings into the ClusterConfiguration: kaudit enable --manifest FILE");
  }

  Done print_command() {
    const Result<kube::PatchesOption> option = this->option();
    if (!option) return refused(option.error());
    tell_missing_folder();
    const auto& given = options_.kubernetes_version;
    const std::string directory = absolute_path(options_.patches_dir);
    const KubeadmLines lines{*option, kube::clean_path(directory).value_or(directory),
                             given && given->patch ? "v" + given->text() : "VERSION"};
    output_.out = options_.format == ReportFormat::Json ? to_json(lines) : to_text(lines);
    return {};
  }

  // The lines may be for another machine.
  void tell_missing_folder() {
    if (!open_node_of_folder() || files().status(directory_)) return;
    output_.err += warning_text({ErrorKind::NotFound,
                                 fmt::format("{} is not there, and kubeadm stops without it",
                                             text::one_line(options_.patches_dir)),
                                 make_folder(),
                                 {}},
                                nullptr, output_.color_err);
  }

  // ---- the folder ----------------------------------------------------------------------------

  std::string make_folder() const {
    return fmt::format("make it first: mkdir -p {}", text::shell_word(options_.patches_dir));
  }

  Result<void> open_node_of_folder() {
    Options of_file = options_;
    of_file.manifest = options_.patches_dir == "-" ? "./-" : options_.patches_dir;
    of_file.manifest_given = true;
    Result<Node> node = open_node(of_file);
    if (!node) return std::unexpected(node.error());
    node_ = std::move(*node);
    directory_ = node_.manifest;
    node_.manifest = host::join(directory_, std::string(kube::kKauditPatchName));
    node_.shown_manifest = host::join(node_.shown_manifest, std::string(kube::kKauditPatchName));
    return {};
  }

  Result<void> open_folder() {
    if (Result<void> opened = open_node_of_folder(); !opened) return opened;
    const auto status = files().status(directory_);
    if (!status) {
      text::Error error = status.error();
      if (error.kind == ErrorKind::NotFound) error.hint = make_folder();
      return std::unexpected(error);
    }
    if (status->kind != FileKind::Directory)
      return fail(ErrorKind::Conflict, fmt::format("{} is no directory", options_.patches_dir),
                  "name the folder that kubeadm is given with --patches");
    return check_symlink();
  }

  // patches.go, getPatchSetsFromPath: Lstat of the path must be a directory.
  Result<void> check_symlink() {
    const auto is_symlink = files().names_symlink(directory_);
    const auto canonical = files().canonical_path(directory_);
    if (!is_symlink || !canonical || !*is_symlink) return {};
    return fail(ErrorKind::Conflict,
                fmt::format("{} is a symlink, which kubeadm refuses", options_.patches_dir),
                fmt::format("name the folder itself: {}", files().shown(*canonical)));
  }

  const host::FileSystem& files() const { return *node_.manifest_files; }

  void warn(std::string message, std::string hint) {
    warnings_.push_back({ErrorKind::Conflict, std::move(message), std::move(hint), {}});
  }

  // As filepath.Walk goes: by name, into directories below as well, and into no symlink.
  Result<void> read_folder(const std::string& directory, const std::string& shown) {
    const auto names = files().list_directory(directory);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      if (directory == directory_ && name >= kube::kKauditPatchName) behind_ours_ = true;
      if (directory == directory_ && name == kube::kKauditPatchName) continue;
      const Found found{name, host::join(directory, name), text::one_line(host::join(shown, name))};
      const auto status = files().status(found.path);
      const auto is_symlink = files().names_symlink(found.path);
      const bool is_directory = status && status->kind == FileKind::Directory;
      if (is_directory && is_symlink && !*is_symlink) {
        warn(fmt::format("kubeadm reads the patches in {}, too", found.shown), "");
        if (Result<void> below = read_folder(found.path, found.shown); !below) return below;
      } else if (Result<void> judged = judge_name(found, status); !judged) {
        return judged;
      }
    }
    return {};
  }

  struct Found {
    std::string name;
    std::string path;
    std::string shown;
  };

  Result<void> judge_name(const Found& found, const Result<host::FileStatus>& status) {
    const PatchName::Verdict verdict = kube::parse_patch_name(found.name, version()).verdict;
    const bool is_file = status && status->kind == FileKind::Regular;
    if (verdict == PatchName::Verdict::NotRead && is_file)
      warn(fmt::format("kubeadm does not read {}; only .yaml and .json count", found.shown),
           "rename it if it is a patch");
    if (verdict == PatchName::Verdict::StopsKubeadm)
      stops(found, "behind '+' it knows strategic, merge and json", "rename it");
    if (verdict != PatchName::Verdict::Patch && verdict != PatchName::Verdict::OfOthers) return {};
    if (!is_readable(found, status)) return {};
    auto bytes = files().read_file(found.path, kPatchLimit);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) return {};
    auto source = std::make_shared<const SourceText>(found.shown, std::move(*bytes));
    if (verdict == PatchName::Verdict::Patch)
      (behind_ours_ ? request_.after : request_.before).push_back(std::move(source));
    else
      judge_of_others(found, std::move(source));
    return {};
  }

  // kubeadm reads whatever has a patch's name (os.ReadFile), and gives up where that fails.
  bool is_readable(const Found& found, const Result<host::FileStatus>& status) {
    if (!status) {
      const bool nowhere = status.error().kind == ErrorKind::NotFound;
      stops(found, nowhere ? "the symlink leads nowhere" : status.error().message,
            "remove it, or make what it leads to");
      return false;
    }
    switch (status->kind) {
      case FileKind::Regular:
        return true;
      case FileKind::Directory:
        stops(found, "the symlink leads to a directory", "remove it, or name the file itself");
        return false;
      case FileKind::Fifo:
        warn(fmt::format("kubeadm waits for ever at {}: it is a FIFO", found.shown), "remove it");
        return false;
      case FileKind::Socket:
        stops(found, "it is a socket", "remove it");
        return false;
      default:
        // What is empty is not read, and so /dev/null is a way to switch a patch off.
        if (files().canonical_path(found.path) != "/dev/null")
          warn(fmt::format("kubeadm reads {}, which is a device", found.shown), "remove it");
        return false;
    }
  }

  // kubeadm converts every file before it applies the first (createPatchSet).
  void judge_of_others(const Found& found, std::shared_ptr<const SourceText> source) {
    if (const auto document = yaml::parse(std::move(source)); !document)
      warn(fmt::format("kubeadm may stop at {}: {}", found.shown, document.error().message),
           "mend or remove it");
  }

  void stops(const Found& found, std::string_view why, std::string way_out) {
    warn(fmt::format("kubeadm stops at {}: {}", found.shown, why), std::move(way_out));
  }

  Result<void> read_present() {
    if (!files().status(node_.manifest)) return {};
    auto bytes = files().read_file(node_.manifest, kPatchLimit);
    if (!bytes) return std::unexpected(bytes.error());
    request_.present = std::make_shared<const SourceText>(node_.shown_manifest, std::move(*bytes));
    return {};
  }

  // ---- the patch -----------------------------------------------------------------------------

  Done make_patch() {
    const Result<kube::PatchesOption> option = this->option();
    if (!option) return refused(option.error());
    if (Result<void> opened = open_folder(); !opened) return refused(opened.error());
    if (Result<void> read = read_folder(directory_, options_.patches_dir); !read)
      return refused(read.error());
    if (Result<void> read = read_present(); !read) return refused(read.error());
    request_.plan.given = options_.settings;
    request_.plan.version = options_.kubernetes_version;
    request_.plan.profile = options_.profile;
    for (const HostPathPair& pair : options_.host_paths)
      request_.plan.host_paths.push_back({pair.container, pair.host});
    auto patch = edit::kubeadm_patch(request_);
    if (!patch) return std::unexpected(std::move(patch.error()));
    patch_ = std::move(*patch);
    changed_ = !request_.present || request_.present->bytes() != patch_.bytes;
    if (patch_.drops_handwork)
      warn(fmt::format("{} was changed by hand; it is written anew, without its comments",
                       node_.shown_manifest),
           "keep them elsewhere");
    if (changed_ && !options_.dry_run) {
      if (Result<void> written = write(); !written) return refused(written.error());
    }
    print(*option);
    return {};
  }

  Result<void> write() {
    rollout::OutputRequest request;
    request.path = node_.manifest;
    request.manifest_name = host::base_name(std::string(kDefaultManifest));
    const Liveness liveness = find_liveness(node_);
    if (liveness.static_pods)
      request.static_pod_directory = rollout::identity_of(*node_.node_files, *liveness.static_pods);
    host::SystemClock clock;
    return rollout::write_output(*node_.manifest_files, clock, request, patch_.bytes);
  }

  std::string diff(bool color) const {
    const SourceText before(node_.shown_manifest,
                            std::string(request_.present ? request_.present->bytes() : ""));
    const SourceText after(node_.shown_manifest, patch_.bytes);
    return text::unified_diff(before, text::line_diff(before, after),
                              {node_.shown_manifest, node_.shown_manifest, 3, color});
  }

  void print(const kube::PatchesOption& option) {
    const SourceText result(node_.shown_manifest, patch_.bytes);
    ChangeReport report;
    report.command = name_of(options_.command);
    report.manifest = node_.shown_manifest;
    report.changed = changed_;
    report.dry_run = options_.dry_run;
    report.steps = patch_.plan.steps;
    report.findings = patch_.findings;
    std::erase_if(report.findings, [](const check::Finding& finding) {
      return finding.severity == check::Severity::Note;
    });
    report.source = &result;
    report.warnings = warnings_;
    report.advice = advice(option);
    if (options_.format == ReportFormat::Json) {
      report.diff = diff(false);
      output_.out = to_json(report);
      return;
    }
    if (options_.dry_run || options_.diff) output_.out = diff(output_.color_out);
    print_text(report, output_);
  }

  std::vector<std::string> advice(const kube::PatchesOption& option) const {
    if (!changed_) return {fmt::format("already written: {}", node_.shown_manifest)};
    std::vector<std::string> lines;
    lines.push_back(options_.dry_run
                        ? fmt::format("dry run: {} was not changed", node_.shown_manifest)
                        : fmt::format("wrote {}", node_.shown_manifest));
    lines.push_back(
        fmt::format("give kubeadm {}={} with every init, join and upgrade; it does not "
                    "remember the folder",
                    option.flag, text::shell_word(options_.patches_dir)));
    if (option.not_with_config)
      lines.push_back(
          fmt::format("beside --config kubeadm refuses {}; there the folder goes into "
                      "the file, as --print-command shows",
                      option.flag));
    if (patch_.plan.policy_on_host)
      lines.push_back(
          fmt::format("the audit policy must be at {} on the node before kubeadm "
                      "starts the API server",
                      *patch_.plan.policy_on_host));
    if (const auto webhook = webhook_on_host(patch_.api_server))
      lines.push_back(
          fmt::format("the webhook's kubeconfig must be at {} on the node, too; which files it "
                      "names was not looked at",
                      *webhook));
    return lines;
  }

  const Options& options_;
  Output& output_;
  Node node_;
  std::string directory_;
  edit::KubeadmPatchRequest request_;
  edit::KubeadmPatch patch_;
  bool behind_ours_ = false;  // in kubeadm's order of the files
  bool changed_ = false;
  std::vector<text::Error> warnings_;
};

}  // namespace

ExitCode run_kubeadm_patch(const Options& options, Output& output) {
  return KubeadmPatchCommand(options, output).run();
}

}  // namespace kaudit::cli
