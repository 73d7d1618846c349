// `policy install`: the annotation, and not a byte of a setting.

#include <gtest/gtest.h>

#include "support/given.h"

namespace kaudit::edit {
namespace {

using support::Given;
using support::Pod;
using support::text_of;

const std::string kSha(64, 'a');

// No limits, and mounts that enable would correct.
Pod audited() {
  return {.flags = {support::kLogFlag, support::kPolicyFlag},
          .volumes = {support::kLogVolume, support::kPolicyVolume},
          .mounts = {support::kLogMount, support::kPolicyMount}};
}

std::string with_metadata(Pod pod, const std::string& metadata) {
  pod.metadata = metadata;
  return text_of(pod);
}

TEST(PlanPolicy, SetsTheAnnotationAlone) {
  Given(with_metadata(audited(), "  name: a\n"))
      .InstallPolicy(kSha)
      .Produces(with_metadata(
          audited(), "  name: a\n  annotations:\n    kaudit.io/policy-sha256: \"" + kSha + "\"\n"));
  Pod webhook = audited();
  webhook.flags = {"--audit-webhook-config-file=/w", support::kPolicyFlag};
  Given(text_of(webhook))
      .InstallPolicy(kSha)
      .Plans("annotation kaudit.io/policy-sha256: = " + kSha + "\n");
}

TEST(PlanPolicy, ChangesNothingWithoutAMarkOrWithTheSame) {
  Given(text_of(audited())).InstallPolicy({}).ChangesNothing();
  Given(with_metadata(audited(), "  annotations:\n    kaudit.io/policy-sha256: \"" + kSha + "\"\n"))
      .InstallPolicy(kSha)
      .ChangesNothing();
}

TEST(PlanPolicy, NeedsAPolicyThatTheApiServerReads) {
  Given(text_of(Pod{}))
      .InstallPolicy(kSha)
      .Refuses("the API server reads no audit policy: its manifest has no --audit-policy-file");
}

TEST(PlanPolicy, NeedsAPolicyOfTheHost) {
  Pod pod = audited();
  pod.volumes = {support::kLogVolume};
  pod.mounts = {support::kLogMount};
  Given(text_of(pod))
      .InstallPolicy(kSha)
      .Refuses(
          "the policy /etc/kubernetes/audit/audit-policy.yaml does not come from the host, so that "
          "it cannot be replaced there");
}

TEST(PlanPolicy, NeedsAPodThatTheKubeletRestarts) {
  Given(with_metadata(audited(), "  uid: b\n"))
      .Live()
      .InstallPolicy(kSha)
      .Refuses(
          "metadata.uid is set, so the kubelet would not restart the container and the change "
          "would "
          "not take effect",
          4, 8);
}

TEST(PlanPolicy, IsForNoConfiguration) {
  Given("apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n")
      .InstallPolicy(kSha)
      .Refuses(
          "this is a ClusterConfiguration, which no kubelet runs, so that there is no API server "
          "to "
          "read a policy");
}

}  // namespace
}  // namespace kaudit::edit
