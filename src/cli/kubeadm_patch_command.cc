#include "cli/kubeadm_patch_command.h"

#include <fmt/core.h>

#include "check/check_api_server.h"
#include "cli/node.h"
#include "cli/refusal.h"
#include "cli/report.h"
#include "edit/kubeadm_patch.h"
#include "host/node_path.h"
#include "host/system_clock.h"
#include "kube/kubeadm_patches.h"
#include "rollout/write_output.h"
#include "text/line_diff.h"
#include "text/unified_diff.h"

namespace kaudit::cli {
namespace {

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
    const Result<void> done = options_.print_command ? print_command() : make_patch();
    if (!done) {
      // Only a place is the present file's; other messages are about the folder.
      const SourceText* source = done.error().place ? request_.present.get() : nullptr;
      return refuse(options_, output_, done.error(), source);
    }
    output_.must_deliver = options_.dry_run || options_.print_command;
    const bool would_change = options_.dry_run && options_.exit_code && changed_;
    return would_change ? ExitCode::Findings : ExitCode::Done;
  }

 private:
  // ---- the lines for kubeadm -----------------------------------------------------------------

  Result<std::string_view> flag() const {
    const auto version = options_.kubernetes_version.value_or(kube::kNewestKnown);
    if (const auto flag = kube::patches_flag(version)) return *flag;
    return fail(
        ErrorKind::Unsupported,
        fmt::format("kubeadm {} reads no patches; 1.19 is the first that does", version.release()),
        "put the settings into the ClusterConfiguration: kaudit enable --manifest FILE");
  }

  Result<void> print_command() {
    const Result<std::string_view> name = flag();
    if (!name) return std::unexpected(name.error());
    const std::string given = fmt::format("{}={}", *name, absolute_path(options_.patches_dir));
    const auto& version = options_.kubernetes_version;
    const std::string to = version && version->patch ? "v" + version->text() : "VERSION";
    output_.out = fmt::format(
        "kubeadm init {0}\nkubeadm join --control-plane {0}\nkubeadm upgrade apply {1} {0}\n"
        "kubeadm upgrade node {0}\n",
        given, to);
    return {};
  }

  // ---- the folder ----------------------------------------------------------------------------

  Result<void> open_folder() {
    Options of_file = options_;
    of_file.manifest = options_.patches_dir;
    of_file.manifest_given = true;
    Result<Node> node = open_node(of_file);
    if (!node) return std::unexpected(node.error());
    node_ = std::move(*node);
    directory_ = node_.manifest;
    node_.manifest = host::join(directory_, std::string(kube::kKauditPatchName));
    node_.shown_manifest = host::join(node_.shown_manifest, std::string(kube::kKauditPatchName));
    const auto status = files().status(directory_);
    if (!status) {
      text::Error error = status.error();
      if (error.kind == ErrorKind::NotFound)
        error.hint = fmt::format("make it first: mkdir -p {}", options_.patches_dir);
      return std::unexpected(error);
    }
    if (status->kind != host::FileKind::Directory)
      return fail(ErrorKind::Conflict, fmt::format("{} is no directory", options_.patches_dir),
                  "name the folder that kubeadm is given with --patches");
    return check_symlink();
  }

  // patches.go, getPatchSetsFromPath: Lstat of the path must be a directory.
  Result<void> check_symlink() {
    const auto canonical = files().canonical_path(directory_);
    const auto parent = files().canonical_path(host::parent_path(directory_));
    if (!canonical || !parent || directory_ == "/" ||
        *canonical == host::join(*parent, host::base_name(directory_)))
      return {};
    return fail(ErrorKind::Conflict,
                fmt::format("{} is a symlink, which kubeadm refuses", options_.patches_dir),
                fmt::format("name the folder itself: {}", files().shown(*canonical)));
  }

  const host::FileSystem& files() const { return *node_.manifest_files; }

  void warn(std::string message, std::string hint) {
    warnings_.push_back({ErrorKind::Conflict, std::move(message), std::move(hint), {}});
  }

  // As filepath.Walk goes, into directories below as well.
  Result<void> read_folder(const std::string& directory, const std::string& shown) {
    const auto names = files().list_directory(directory);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      const std::string path = host::join(directory, name);
      const std::string shown_path = host::join(shown, name);
      const auto status = files().status(path);
      if (!status || path == node_.manifest) continue;
      if (status->kind == host::FileKind::Directory) {
        // filepath.Walk does not follow symlinks.
        const auto itself = files().canonical_path(path);
        const auto above = files().canonical_path(directory);
        if (!itself || !above || *itself != host::join(*above, name)) continue;
        warn(fmt::format("kubeadm reads the patches in {}, too", shown_path), "");
        if (Result<void> below = read_folder(path, shown_path); !below) return below;
      } else if (status->kind == host::FileKind::Regular) {
        if (Result<void> read = read_file(name, path, shown_path); !read) return read;
      }
    }
    return {};
  }

  Result<void> read_file(const std::string& name, const std::string& path,
                         const std::string& shown) {
    switch (kube::parse_patch_name(name).verdict) {
      case PatchName::Verdict::OfOthers:
        return {};
      case PatchName::Verdict::NotRead:
        warn(fmt::format("kubeadm does not read {}; only .yaml and .json count", shown),
             "rename it if it is a patch");
        return {};
      case PatchName::Verdict::StopsKubeadm:
        warn(fmt::format("kubeadm stops at {}: behind '+' it knows strategic, merge and json",
                         shown),
             "rename it");
        return {};
      case PatchName::Verdict::Patch:
        break;
    }
    auto bytes = files().read_file(path, kPatchLimit);
    if (!bytes) return std::unexpected(bytes.error());
    request_.others.push_back(std::make_shared<const SourceText>(shown, std::move(*bytes)));
    return {};
  }

  Result<void> read_present() {
    if (!files().status(node_.manifest)) return {};
    auto bytes = files().read_file(node_.manifest, kPatchLimit);
    if (!bytes) return std::unexpected(bytes.error());
    request_.present = std::make_shared<const SourceText>(node_.shown_manifest, std::move(*bytes));
    return {};
  }

  // ---- the patch -----------------------------------------------------------------------------

  Result<void> make_patch() {
    const Result<std::string_view> name = flag();
    if (!name) return std::unexpected(name.error());
    if (Result<void> opened = open_folder(); !opened) return opened;
    if (Result<void> read = read_folder(directory_, options_.patches_dir); !read) return read;
    if (Result<void> read = read_present(); !read) return read;
    request_.plan.given = options_.settings;
    request_.plan.version = options_.kubernetes_version;
    request_.plan.profile = options_.profile;
    for (const HostPathPair& pair : options_.host_paths)
      request_.plan.host_paths.push_back({pair.container, pair.host});
    Result<edit::KubeadmPatch> patch = edit::kubeadm_patch(request_);
    if (!patch) return std::unexpected(patch.error());
    patch_ = std::move(*patch);
    changed_ = !request_.present || request_.present->bytes() != patch_.bytes;
    if (changed_ && !options_.dry_run) {
      if (Result<void> written = write(); !written) return written;
    }
    print(*name);
    return {};
  }

  Result<void> write() {
    rollout::OutputRequest request;
    request.path = node_.manifest;
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

  void print(std::string_view flag) {
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
    report.advice = advice(flag);
    if (options_.format == ReportFormat::Json) {
      report.diff = diff(false);
      output_.out = to_json(report);
      return;
    }
    if (options_.dry_run || options_.diff) output_.out = diff(output_.color_out);
    print_text(report, output_);
  }

  std::vector<std::string> advice(std::string_view flag) const {
    if (!changed_) return {fmt::format("already written: {}", node_.shown_manifest)};
    std::vector<std::string> lines;
    lines.push_back(options_.dry_run
                        ? fmt::format("dry run: {} was not changed", node_.shown_manifest)
                        : fmt::format("wrote {}", node_.shown_manifest));
    lines.push_back(
        fmt::format("give kubeadm {}={} with every init, join and upgrade; it does not "
                    "remember the folder",
                    flag, options_.patches_dir));
    if (patch_.plan.policy_on_host)
      lines.push_back(
          fmt::format("the audit policy must be at {} on the node before kubeadm "
                      "starts the API server",
                      *patch_.plan.policy_on_host));
    return lines;
  }

  const Options& options_;
  Output& output_;
  Node node_;
  std::string directory_;
  edit::KubeadmPatchRequest request_;
  edit::KubeadmPatch patch_;
  bool changed_ = false;
  std::vector<text::Error> warnings_;
};

}  // namespace

ExitCode run_kubeadm_patch(const Options& options, Output& output) {
  return KubeadmPatchCommand(options, output).run();
}

}  // namespace kaudit::cli
