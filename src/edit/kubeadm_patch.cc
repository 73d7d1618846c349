#include "edit/kubeadm_patch.h"

#include <fmt/core.h>

#include <algorithm>

#include "audit/flag_table.h"
#include "check/check_api_server.h"
#include "kube/kubeadm_patch_sequence.h"
#include "kube/node_paths.h"
#include "text/excerpt.h"
#include "yaml/parse.h"
#include "yaml/scalar.h"

namespace kaudit::edit {
namespace {

using kube::ApiServer;
using text::ErrorKind;
using text::fail;
using text::Result;
using text::SourceText;

constexpr std::string_view kHeader =
    "# A patch for kubeadm: it adds auditing to the API server's manifest.\n"
    "# `kaudit kubeadm patch` wrote it, and writes it anew.\n";

Result<ApiServer> read(std::shared_ptr<const SourceText> source) {
  if (!source) return kube::empty_patch();
  const auto document = yaml::parse(std::move(source));
  if (!document) return std::unexpected(document.error());
  return kube::read_kaudit_patch(*document, audit::arity_of);
}

// ---- the plan, carried out on the view ----------------------------------------------------------

// Carries out a plan whose indices count the items of the lists as they are now: later items first.
class Applier {
 public:
  explicit Applier(const ApiServer& server) : server_(server) {
    for (const kube::Argument& argument : server.arguments) words_.push_back(argument.value);
  }

  ApiServer run(const Plan& plan) {
    for (const Change& change : plan.changes) std::visit([this](const auto& c) { set(c); }, change);
    for (auto change = plan.changes.rbegin(); change != plan.changes.rend(); ++change)
      std::visit([this](const auto& c) { insert(c); }, *change);
    std::vector<kube::Argument> arguments;
    for (std::string& word : words_) arguments.push_back({std::move(word), {}, {}, {}});
    server_.arguments = kube::Arguments(std::move(arguments));
    std::vector<std::string_view> all;
    for (const kube::Argument& argument : server_.arguments) all.push_back(argument.value);
    server_.command_line = kube::parse_command_line(all, 0, audit::arity_of);
    return std::move(server_);
  }

 private:
  void set(const SetArgument& c) { words_[c.argument] = c.text; }
  void set(const SetVolume& c) {
    kube::HostPath& host = *server_.volumes[c.volume].host_path;
    if (c.host_path) host.path = *c.host_path;
    if (c.type) host.type = *c.type;
  }
  void set(const SetMount& c) {
    kube::VolumeMount& mount = server_.mounts[c.mount];
    if (c.name) mount.name = *c.name;
    if (c.mount_path) mount.mount_path = *c.mount_path;
    if (c.read_only) mount.read_only = *c.read_only;
  }
  template <typename Other>
  void set(const Other&) {}

  // Insertions come sorted, so from the back each place is still where it was.
  template <typename Items, typename Item>
  static void put(Items& items, std::size_t before, Item item) {
    const std::size_t at = std::min(before, items.size());
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), std::move(item));
  }
  void insert(const InsertArgument& c) { put(words_, c.before, c.text); }
  void insert(const InsertVolume& c) {
    kube::Volume volume;
    volume.name = c.name;
    volume.source = "hostPath";
    volume.host_path = kube::HostPath{c.host_path, c.type, {}, {}, {}};
    put(server_.volumes, c.before, std::move(volume));
  }
  void insert(const InsertMount& c) {
    kube::VolumeMount mount;
    mount.name = c.name;
    mount.mount_path = c.mount_path;
    mount.read_only = c.read_only;
    put(server_.mounts, c.before, std::move(mount));
  }
  template <typename Other>
  void insert(const Other&) {}

  ApiServer server_;
  std::vector<std::string> words_;
};

// A path that was given up leaves a volume that nobody mounts.
void drop_unused_volumes(ApiServer& server) {
  std::erase_if(server.volumes, [&](const kube::Volume& volume) {
    return std::none_of(server.mounts.begin(), server.mounts.end(),
                        [&](const kube::VolumeMount& m) { return m.name == volume.name; });
  });
}

// ---- the file -----------------------------------------------------------------------------------

std::string scalar(std::string_view value) {
  return yaml::written_string(value, false);
}

std::string operation(std::string_view path) {
  return fmt::format("- op: add\n  path: {}\n  value:", path);
}

std::string text_of(const ApiServer& server) {
  std::string out(kHeader);
  for (const kube::Argument& argument : server.arguments)
    out += fmt::format("{} {}\n", operation(kube::kCommandEnd), scalar(argument.value));
  for (const kube::VolumeMount& mount : server.mounts) {
    if (mount.implied) continue;
    out += fmt::format("{}\n    mountPath: {}\n    name: {}\n", operation(kube::kMountsEnd),
                       scalar(mount.mount_path), scalar(mount.name));
    if (mount.read_only) out += "    readOnly: true\n";
  }
  for (const kube::Volume& volume : server.volumes) {
    if (volume.implied) continue;
    out += fmt::format("{}\n    hostPath:\n      path: {}\n      type: {}\n    name: {}\n",
                       operation(kube::kVolumesEnd), scalar(volume.host_path->path),
                       scalar(kube::to_string(volume.host_path->type)), scalar(volume.name));
  }
  return out;
}

// ---- the folder ---------------------------------------------------------------------------------

bool is_audit_flag(std::string_view name) {
  return audit::find_flag(name) != nullptr;
}

using Refusal = std::optional<KubeadmPatchRefusal>;

Refusal check_other(const std::shared_ptr<const SourceText>& other, kube::PatchSequence& sequence,
                    const kube::KubernetesVersion& version) {
  const kube::PatchName name = kube::parse_patch_name(kube::base_name(other->name()), version);
  if (name.verdict != kube::PatchName::Verdict::Patch) return {};
  const auto document = yaml::parse(other);
  if (!document) {
    text::Error error = document.error();
    error.kind = ErrorKind::Conflict;
    error.message = fmt::format("kaudit cannot read this patch: {}", error.message);
    error.hint = "mend or remove it; kubeadm may stop at it";
    return KubeadmPatchRefusal{std::move(error), other};
  }
  const auto conflict = sequence.apply(*document, name.type);
  if (!conflict) return {};
  return KubeadmPatchRefusal{
      {ErrorKind::Conflict, conflict->message, conflict->way_out, conflict->place}, other};
}

Refusal check_folder(const KubeadmPatchRequest& request, const KubeadmPatch& patch) {
  kube::PatchSequence sequence(patch.api_server, is_audit_flag);
  for (const auto& other : request.before) {
    if (Refusal refused = check_other(other, sequence, patch.version)) return refused;
  }
  sequence.apply_ours();
  for (const auto& other : request.after) {
    if (Refusal refused = check_other(other, sequence, patch.version)) return refused;
  }
  return {};
}

std::unexpected<text::Error> unproven(std::string_view what) {
  return fail(
      ErrorKind::Proof,
      fmt::format("kaudit's own patch did not pass its proof ({}); nothing was written", what),
      "please report these settings as a bug");
}

// An error that the present file has, and that planning does not mend, is not kaudit's to keep.
Result<void> check_present(const KubeadmPatch& patch, const ApiServer& present,
                           const KubeadmPatchRequest& request) {
  const auto before = check::check_api_server(present, patch.version, request.plan.webhook_files);
  for (const check::Finding& finding : patch.findings) {
    const bool was_there = std::any_of(before.begin(), before.end(), [&](const check::Finding& f) {
      return f.rule == finding.rule && f.subject == finding.subject;
    });
    if (finding.severity == check::Severity::Error && was_there)
      return fail(ErrorKind::Unsupported,
                  fmt::format("{}; {}", finding.message, finding.consequence),
                  fmt::format("{}, or remove {}", finding.fix, kube::kKauditPatchName));
  }
  return {};
}

// What is read back adds exactly what was planned, needs no second plan, and is free of errors.
Result<void> prove(KubeadmPatch& patch, const ApiServer& present, const std::string& planned,
                   const KubeadmPatchRequest& request) {
  Result<ApiServer> again =
      read(std::make_shared<const SourceText>(std::string(kube::kKauditPatchName), patch.bytes));
  if (!again) return unproven(again.error().message);
  if (text_of(*again) != planned) return unproven("it reads as another one");
  const Result<Plan> second = plan_enable(*again, request.plan);
  if (!second || !second->empty()) return unproven("a second run would change it again");
  patch.api_server = std::move(*again);
  patch.findings =
      check::check_api_server(patch.api_server, patch.version, request.plan.webhook_files);
  if (Result<void> good = check_present(patch, present, request); !good) return good;
  for (const check::Finding& finding : patch.findings) {
    if (finding.severity == check::Severity::Error)
      return unproven(fmt::format("{}: {}", finding.rule, finding.message));
  }
  return {};
}

// Without empty lines and lines that are comments.
std::string content_of(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    const std::size_t first = bytes.find_first_not_of(" \t\n");
    if (first < end && bytes[first] != '#') out += bytes.substr(0, end);
    bytes.remove_prefix(end);
  }
  return out;
}

Result<KubeadmPatch> plan_write_and_prove(const KubeadmPatchRequest& request) {
  const Result<ApiServer> present = read(request.present);
  if (!present) return std::unexpected(present.error());
  Result<Plan> plan = plan_enable(*present, request.plan);
  if (!plan) return std::unexpected(plan.error());
  KubeadmPatch patch;
  patch.plan = std::move(*plan);
  patch.version = version_for(*present, request.plan);
  ApiServer server = Applier(*present).run(patch.plan);
  drop_unused_volumes(server);
  const std::string planned = text_of(server);
  const bool keeps = request.present && content_of(request.present->bytes()) == content_of(planned);
  patch.bytes = keeps ? std::string(request.present->bytes()) : planned;
  patch.drops_handwork = request.present && !keeps && request.present->bytes() != text_of(*present);
  if (Result<void> proven = prove(patch, *present, planned, request); !proven)
    return std::unexpected(proven.error());
  return patch;
}

KubeadmPatchRefusal in_one_line(KubeadmPatchRefusal refusal) {
  refusal.error.message = text::one_line(refusal.error.message);
  refusal.error.hint = text::one_line(refusal.error.hint);
  return refusal;
}

}  // namespace

std::expected<KubeadmPatch, KubeadmPatchRefusal> kubeadm_patch(const KubeadmPatchRequest& request) {
  Result<KubeadmPatch> patch = plan_write_and_prove(request);
  if (!patch) {
    const auto source = patch.error().place ? request.present : nullptr;
    return std::unexpected(in_one_line({std::move(patch.error()), source}));
  }
  if (Refusal refused = check_folder(request, *patch))
    return std::unexpected(in_one_line(std::move(*refused)));
  return std::move(*patch);
}

}  // namespace kaudit::edit
