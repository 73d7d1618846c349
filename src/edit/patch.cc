#include "edit/patch.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "check/check_api_server.h"
#include "check/check_configuration.h"
#include "check/rules.h"
#include "edit/configuration_layout.h"
#include "edit/pod_layout.h"
#include "kube/manifest.h"
#include "text/excerpt.h"
#include "yaml/layout.h"
#include "yaml/parse.h"
#include "yaml/proof.h"

namespace kaudit::edit {
namespace {

using text::ErrorKind;
using text::fail;
using text::Result;
using text::SourceText;
using text::TextEdit;

Result<Plan> plan_for(const kube::ApiServer& server, const PatchRequest& request) {
  switch (request.kind) {
    case PatchRequest::Kind::Enable:
      return plan_enable(server, request.plan);
    case PatchRequest::Kind::Disable:
      return plan_disable(server, request.plan);
    case PatchRequest::Kind::Policy:
      return plan_policy(server, request.plan);
  }
  return fail(ErrorKind::Usage, "there is no such change", "");
}

std::unexpected<text::Error> unproven(std::string_view what) {
  return fail(
      ErrorKind::Proof,
      fmt::format("kaudit's own result did not pass its proof ({}); nothing was written", what),
      "please report this manifest as a bug");
}

// Proof 2. Written without text::apply: what stands between the edits must stand in the result, in
// order, with each replacement between, and nothing else.
Result<void> prove_other_bytes(std::string_view before, const std::vector<TextEdit>& edits,
                               std::string_view after) {
  std::size_t old_at = 0;
  std::size_t new_at = 0;
  const auto same = [&](std::size_t size) {
    const bool equal =
        before.substr(old_at, size) == after.substr(std::min(new_at, after.size()), size);
    old_at += size;
    new_at += size;
    return equal;
  };
  for (const TextEdit& edit : edits) {
    if (edit.span.begin < old_at || !same(edit.span.begin - old_at))
      return unproven("a byte outside the edits changed");
    old_at = edit.span.end;
    new_at += edit.replacement.size();
  }
  if (!same(before.size() - old_at) || new_at != after.size())
    return unproven("a byte outside the edits changed");
  return {};
}

bool has_finding(const std::vector<check::Finding>& findings, const check::Finding& wanted) {
  return std::any_of(findings.begin(), findings.end(), [&](const check::Finding& f) {
    return f.rule == wanted.rule && f.subject == wanted.subject;
  });
}

// Proof 4. An error that was not there before is ours; one that enable repairs must be gone.
Result<void> prove_checks(const std::vector<check::Finding>& before,
                          const std::vector<check::Finding>& after, PatchRequest::Kind kind) {
  for (const check::Finding& finding : after) {
    if (finding.severity != check::Severity::Error) continue;
    const bool repairable =
        kind == PatchRequest::Kind::Enable && check::rule(finding.rule).repaired_by_enable;
    if (repairable || !has_finding(before, finding))
      return unproven(fmt::format("{}: {}", finding.rule, finding.message));
  }
  return {};
}

// A document as far as it was read.
struct Reading {
  yaml::Document document;
  kube::Manifest manifest;

  kube::ApiServer& api_server() { return kube::api_server_of(manifest); }
};

Result<Reading> read(std::shared_ptr<const SourceText> source, const PatchRequest& request) {
  Result<yaml::Document> document = yaml::parse(std::move(source));
  if (!document) return std::unexpected(document.error());
  const bool enables = request.kind == PatchRequest::Kind::Enable;
  Result<kube::Manifest> manifest = kube::read_manifest(
      *document, audit::arity_of,
      enables ? "kaudit enable --manifest kubeadm.yaml" : "kaudit disable --manifest kubeadm.yaml");
  if (!manifest) return std::unexpected(manifest.error());
  kube::assume_release(kube::api_server_of(*manifest), request.plan.version);
  return Reading{std::move(*document), std::move(*manifest)};
}

// What a check finds in what was read. Of a Pod's form nothing: it is reported by `kaudit check`,
// and what kubeadm makes of a configuration is not seen before it is too late.
std::vector<check::Finding> findings_of(Reading& reading, const kube::KubernetesVersion& version,
                                        const PatchRequest& request) {
  std::vector<check::Finding> findings =
      check::check_api_server(reading.api_server(), version, request.plan.webhook_files);
  const auto* config = std::get_if<kube::ClusterConfiguration>(&reading.manifest);
  if (config == nullptr) return findings;
  check::FindingList form;
  check::check_configuration(reading.document, config->root, form);
  std::vector<check::Finding> all = form.take();
  std::ranges::move(findings, std::back_inserter(all));
  std::ranges::stable_sort(
      all, {}, [](const check::Finding& f) { return f.place.value_or(text::Span{}).begin; });
  return all;
}

Result<Reading> read_result(std::shared_ptr<const SourceText> source, const PatchRequest& request) {
  Result<Reading> reading = read(std::move(source), request);
  if (!reading) return unproven(fmt::format("it cannot be read back: {}", reading.error().message));
  return reading;
}

// The one place at which the kinds of documents part.
Result<std::vector<yaml::TreeEdit>> layout_of(const Reading& reading, const Plan& plan) {
  if (const auto* pod = std::get_if<kube::PodManifest>(&reading.manifest))
    return pod_layout(reading.document, *pod, plan);
  return configuration_layout(reading.document,
                              std::get<kube::ClusterConfiguration>(reading.manifest), plan);
}

// Lays the plan out, and believes nothing of it until the result is read back.
Result<void> carry_out(Reading& original, const PatchRequest& request,
                       const std::vector<check::Finding>& before, Patch& patch) {
  const auto tree_edits = layout_of(original, patch.plan);
  if (!tree_edits) return std::unexpected(tree_edits.error());
  auto edits = yaml::layout(original.document, *tree_edits);
  if (!edits) return std::unexpected(edits.error());
  auto bytes = text::apply(patch.original->bytes(), *edits);
  if (!bytes) return unproven(bytes.error().message);
  patch.edits = std::move(*edits);
  patch.result = std::make_shared<const SourceText>(patch.original->name(), std::move(*bytes));

  // From here on only the original's tree is needed; a large manifest's memory counts.
  original.manifest = {};
  Result<Reading> result = read_result(patch.result, request);
  if (!result) return std::unexpected(result.error());
  if (Result<void> p1 = yaml::prove_edits(original.document, *tree_edits, result->document); !p1) {
    p1.error().place.reset();  // it is in the result, which nobody will see
    return p1;
  }
  if (Result<void> p2 =
          prove_other_bytes(patch.original->bytes(), patch.edits, patch.result->bytes());
      !p2)
    return p2;
  const Result<Plan> again = plan_for(result->api_server(), request);
  if (!again || !again->empty()) return unproven("a second run would change it again");
  patch.findings = findings_of(*result, patch.version, request);
  patch.api_server = std::move(result->api_server());
  return prove_checks(before, patch.findings, request.kind);
}

Result<Patch> read_plan_and_prove(std::shared_ptr<const SourceText> original,
                                  const PatchRequest& request) {
  Result<Reading> reading = read(original, request);
  if (!reading) return std::unexpected(reading.error());
  const kube::ApiServer& server = reading->api_server();
  Result<Plan> plan = plan_for(server, request);
  if (!plan) return std::unexpected(plan.error());

  Patch patch;
  patch.original = original;
  patch.result = std::move(original);
  patch.plan = std::move(*plan);
  patch.warnings = std::move(kube::warnings_of(reading->manifest));
  patch.version = version_for(server, request.plan);
  patch.findings = findings_of(*reading, patch.version, request);
  if (patch.plan.empty()) {
    patch.api_server = std::move(reading->api_server());
    return patch;
  }
  const std::vector<check::Finding> before = std::move(patch.findings);
  if (Result<void> done = carry_out(*reading, request, before, patch); !done)
    return std::unexpected(done.error());
  return patch;
}

}  // namespace

Result<Patch> patch(std::shared_ptr<const SourceText> original, const PatchRequest& request) {
  Result<Patch> patch = read_plan_and_prove(std::move(original), request);
  if (!patch) {
    // Refusals name values of the manifest, whatever these hold.
    patch.error().message = text::one_line(patch.error().message);
    patch.error().hint = text::one_line(patch.error().hint);
  }
  return patch;
}

}  // namespace kaudit::edit
