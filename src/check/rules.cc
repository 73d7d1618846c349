#include "check/rules.h"

#include <algorithm>
#include <array>

namespace kaudit::check {
namespace {

constexpr std::array kRules{
    Rule{"backend-without-policy", Severity::Error, true,
         "A log or webhook is set, but no policy: nothing is recorded."},
    Rule{"flag-duplicate", Severity::Warning, false,
         "A flag is given more than once; the last one counts."},
    Rule{"flag-invalid-value", Severity::Error, false,
         "kube-apiserver of the release refuses the value."},
    Rule{"flag-needs-other", Severity::Warning, false, "A flag has no effect without another one."},
    Rule{"flag-not-yet", Severity::Error, false,
         "kube-apiserver of the release does not know the flag yet."},
    Rule{"flag-removed", Severity::Error, false,
         "kube-apiserver of the release no longer knows the flag."},
    Rule{"flag-unknown", Severity::Error, false, "No kube-apiserver has known the flag."},
    Rule{"flag-unresolved-variable", Severity::Note, false,
         "A value holds a $(VARIABLE) and cannot be judged."},
    Rule{"flag-value-missing", Severity::Error, false, "A flag that takes a value has none."},
    Rule{"host-path-invalid", Severity::Error, false,
         "The kubelet rejects the hostPath, or takes it from an arbitrary place."},
    Rule{"host-path-type-unfit", Severity::Error, true,
         "The hostPath type demands or makes something else than what is needed."},
    Rule{"host-path-type-unset", Severity::Warning, true,
         "Without a type a missing policy file becomes a directory on the host."},
    Rule{"log-mount-read-only", Severity::Error, true, "The log's directory is mounted read-only."},
    Rule{"log-mounted-as-file", Severity::Error, true,
         "The log file itself is a mount and cannot be renamed at rotation."},
    Rule{"log-not-mounted", Severity::Error, true, "The log's directory is not on the host."},
    Rule{"mount-near-miss", Severity::Error, true, "A mount misses the path that it is meant for."},
    Rule{"mount-path-duplicate", Severity::Error, false,
         "Two mounts of a container have the same mountPath."},
    Rule{"mount-without-volume", Severity::Error, false,
         "A mount names a volume that the Pod does not have."},
    Rule{"path-not-absolute", Severity::Error, false,
         "A path depends on the container's working directory."},
    Rule{"policy-mount-writable", Severity::Warning, true,
         "The API server may write its own policy."},
    Rule{"policy-not-mounted", Severity::Error, true, "The policy file is not on the host."},
    Rule{"policy-without-backend", Severity::Error, true,
         "A policy is set, but neither log nor webhook: nothing is recorded."},
    Rule{"positional-argument", Severity::Error, false,
         "kube-apiserver takes no arguments besides flags."},
    Rule{"rotation-unset", Severity::Warning, false, "Old logs are kept without a limit."},
    Rule{"static-pod-uid", Severity::Warning, false,
         "With a fixed UID the kubelet does not restart the container."},
    Rule{"tuning-without-backend", Severity::Warning, true,
         "Audit flags are set, but neither policy nor log nor webhook."},
    Rule{"volume-name-duplicate", Severity::Error, false, "Two volumes have the same name."},
    Rule{"volume-name-invalid", Severity::Error, false, "A volume's name is no DNS-1123 label."},
    Rule{"webhook-config-not-mounted", Severity::Error, true,
         "The webhook's kubeconfig is not on the host."},
    Rule{"webhook-credentials-not-mounted", Severity::Error, true,
         "A file that the webhook's kubeconfig names is not on the host."},
    // Host checks.
    Rule{"host-path-missing", Severity::Error, false,
         "A hostPath of the API server fails its type on this host."},
    Rule{"log-directory-not-writable-by-user", Severity::Error, false,
         "The API server's user may not write the log's directory."},
    Rule{"log-path-is-directory", Severity::Error, false,
         "The log file on the host is a directory."},
    Rule{"policy-file-empty", Severity::Error, false, "The policy file on the host is empty."},
    Rule{"policy-file-is-directory", Severity::Error, false,
         "The policy file on the host is a directory."},
    Rule{"policy-file-missing", Severity::Error, false, "The policy file is not on the host."},
    Rule{"policy-file-unreadable", Severity::Error, false,
         "The API server's user may not read the policy file."},
    Rule{"retention-would-delete", Severity::Error, false,
         "The limits would delete rotated logs that are on the host."},
    Rule{"sibling-manifest", Severity::Error, false,
         "Another file in the directory defines the same Pod."},
    Rule{"webhook-config-invalid", Severity::Error, false,
         "The webhook's kubeconfig on the host cannot be loaded."},
    Rule{"webhook-config-missing", Severity::Error, false,
         "The webhook's kubeconfig is not on the host."},
    Rule{"webhook-credentials-missing", Severity::Error, false,
         "A file that the webhook's kubeconfig names is not on the host."},
};

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      return "note";
  }
  return "";
}

std::span<const Rule> all_rules() {
  return kRules;
}

const Rule& rule(std::string_view id) {
  return *std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.id == id; });
}

}  // namespace kaudit::check
