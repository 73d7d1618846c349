#include "check/rules.h"

#include <algorithm>
#include <array>

namespace kaudit::check {
namespace {

using enum RuleGroup;
using enum Severity;

constexpr std::array kRules{
    Rule{"audit-version-removed", Flags, Error, false,
         "The version of the events is not one that the release writes.",
         "kube-apiserver 1.24 removed audit.k8s.io/v1alpha1 and v1beta1 and exits when asked for "
         "them; 1.21 to 1.23 warn.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.Validate (1.13 to 1.36)",
         "warning from 1.21 to 1.23, where the version is only deprecated"},
    Rule{"auditing-off", Flags, Note, true, "No audit flag is set: nothing is recorded.",
         "kube-apiserver audits nothing unless it is given a policy and a backend.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo; CIS 3.2.1", ""},
    Rule{"backend-without-policy", Flags, Error, true,
         "A log or webhook is set, but no policy: nothing is recorded.",
         "Without --audit-policy-file kube-apiserver starts, opens the backend, and writes no "
         "event to it.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"batch-log-may-drop", Flags, Note, false,
         "The log is written in batches, and events are dropped when they come faster.",
         "In mode batch events wait in a buffer; when it is full, new ones are dropped and only "
         "counted.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditBatchOptions; pkg/audit/plugin "
         "buffered, ProcessEvents",
         ""},
    Rule{"blocking-strict-omits-request-received", Flags, Warning, false,
         "The mode blocking-strict has no effect, because the policy omits RequestReceived.",
         "Only a RequestReceived event that cannot be stored makes a request fail; a policy that "
         "omits this stage leaves nothing to reject.",
         "k8s.io/apiserver, pkg/endpoints/filters/audit.go, WithAudit (1.13 to 1.36)", ""},
    Rule{"bool-flag-with-separate-value", Flags, Error, false,
         "The value of a bool flag stands in an item of its own.",
         "pflag takes a bool flag without '=' as true and the next item as a positional argument, "
         "at which kube-apiserver exits.",
         "spf13/pflag, flag.go, parseLongArg", ""},
    Rule{"event-larger-than-maxsize", Flags, Warning, false,
         "An event may be larger than a whole log file, and is then lost.",
         "An event that is longer than --audit-log-maxsize is not written at all. A request body "
         "may have 3 MiB, the body of an answer more.",
         "lumberjack.v2, lumberjack.go, Write; k8s.io/apiserver, pkg/server/config.go, "
         "MaxRequestBodyBytes",
         ""},
    Rule{"flag-duplicate", Flags, Warning, false,
         "A flag is given more than once; the last one counts.",
         "Nothing says which one is in force; benchmark tools look at the first.",
         "spf13/pflag, flag.go, Set; kube-bench, check/test.go, findValue", ""},
    Rule{"flag-invalid-value", Flags, Error, false,
         "kube-apiserver of the release refuses the value.",
         "It prints why and exits before serving.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.Validate (1.13 to 1.36); "
         "spf13/pflag, flag.go, the Set of each type",
         ""},
    Rule{"flag-needs-other", Flags, Warning, false, "A flag has no effect without another one.",
         "It belongs to a backend that is off.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"flag-not-yet", Flags, Error, false,
         "kube-apiserver of the release does not know the flag yet.",
         "An unknown flag makes it exit at once.", "spf13/pflag, flag.go, parseLongArg", ""},
    Rule{"flag-quoted", Flags, Error, false, "Quotes are part of the value.",
         "No shell reads the command of a container: quotation marks inside an item reach "
         "kube-apiserver, as part of the path or number.",
         "pkg/kubelet/container/helpers.go, ExpandContainerCommandAndArgs", ""},
    Rule{"flag-removed", Flags, Error, false,
         "kube-apiserver of the release no longer knows the flag.",
         "An unknown flag makes it exit at once.", "spf13/pflag, flag.go, parseLongArg", ""},
    Rule{"flag-single-dash", Flags, Error, false, "A flag begins with one dash.",
         "pflag reads it as a row of one-letter flags, of which kube-apiserver does not know the "
         "first, and exits.",
         "spf13/pflag, flag.go, parseSingleShortArg", ""},
    Rule{"flag-two-arguments", Flags, Warning, false,
         "Flag and value are two items, and benchmark tools do not see the value.",
         "kube-apiserver accepts it. kube-bench reads the value behind '=' or ':' only and reports "
         "the control as failed.",
         "kube-bench, check/test.go, findValue", ""},
    Rule{"flag-two-in-one-item", Flags, Error, false, "One item of the list holds two flags.",
         "Each item is one argument: everything behind the first '=' becomes the first flag's "
         "value, and the second flag is never seen.",
         "spf13/pflag, flag.go, parseLongArg", ""},
    Rule{"flag-underscores", Flags, Note, false,
         "A flag is spelled with underscores, and benchmark tools do not find it.",
         "kube-apiserver reads '_' as '-'; kube-bench compares the text.",
         "k8s.io/component-base, cli/flag/flags.go, WordSepNormalizeFunc", ""},
    Rule{"flag-unknown", Flags, Error, false, "No kube-apiserver has known the flag.",
         "An unknown flag makes it exit at once.", "spf13/pflag, flag.go, parseLongArg", ""},
    Rule{"flag-unresolved-variable", Flags, Note, false,
         "A value holds a $(VARIABLE) and cannot be judged.",
         "The kubelet puts the variable's value in when it starts the container.",
         "third_party/forked/golang/expansion/expand.go, Expand", ""},
    Rule{"flag-value-missing", Flags, Error, false, "A flag that takes a value has none.",
         "It is the last item, and pflag needs an argument; kube-apiserver exits.",
         "spf13/pflag, flag.go, parseLongArg", ""},
    Rule{"log-format-legacy", Flags, Warning, false, "The log is written in the legacy format.",
         "One line of text an event: no request or answer is recorded, whatever level the policy "
         "asks for, and no tool reads it as JSON.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditLogOptions; pkg/audit/format.go, "
         "EventString",
         ""},
    Rule{"log-path-is-directory", Flags, Error, false, "The log's path is a directory.",
         "kube-apiserver cannot open a directory for writing: since 1.22 it exits at start. Before "
         "that it renames the directory and makes a log in its place; where the directory is a "
         "mount it cannot, and every event is lost.",
         "k8s.io/apiserver, pkg/server/options/audit.go, ensureLogFile (since 1.22)", ""},
    Rule{"log-to-stdout", Flags, Note, false, "Events go to the container's standard output.",
         "They are mixed with the container's log, and rotated and deleted with it.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditLogOptions.getWriter", ""},
    Rule{"path-not-absolute", Flags, Error, false,
         "A path depends on the container's working directory.",
         "Which file that is depends on the image, and no mount can be checked against it.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditLogOptions.getWriter", ""},
    Rule{"path-trailing-slash-log", Flags, Error, false, "The log's path ends in a slash.",
         "A path that ends in a slash names a directory; kube-apiserver cannot open it as a file.",
         "k8s.io/apiserver, pkg/server/options/audit.go, ensureLogFile (since 1.22)", ""},
    Rule{"policy-without-backend", Flags, Error, true,
         "A policy is set, but neither log nor webhook: nothing is recorded.",
         "kube-apiserver loads the policy and has nowhere to write events to.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"positional-argument", Flags, Error, false,
         "kube-apiserver takes no arguments besides flags.", "At any other word it exits.",
         "cmd/kube-apiserver/app/server.go, NewAPIServerCommand, Args", ""},
    Rule{"retention-unbounded", Flags, Warning, false,
         "The limits are zero: old logs are kept for ever.",
         "Zero means no limit for --audit-log-maxage and --audit-log-maxbackup, and from 1.36 on "
         "no rotation for --audit-log-maxsize; the disk fills in time.",
         "lumberjack.v2, lumberjack.go, millRunOnce; k8s.io/apiserver, "
         "pkg/server/options/audit.go, getWriter (1.36)",
         ""},
    Rule{"rotation-below-benchmark", Flags, Warning, false,
         "A limit of the log is lower than the benchmarks ask for.",
         "CIS and the DISA STIG ask for at least 30 days, 10 files and 100 MiB, and for all three "
         "to be set.",
         "CIS 1.2.17 to 1.2.19 (1.9 to 1.12; other numbers before); V-242462 to V-242464", ""},
    Rule{"rotation-unset", Flags, Warning, false, "Old logs are kept without a limit.",
         "Up to 1.35 --audit-log-maxage and --audit-log-maxbackup are 0 unless given: rotated logs "
         "are never deleted, and the disk fills in time.",
         "lumberjack.v2, lumberjack.go, millRunOnce; CIS 1.2.17, 1.2.18", ""},
    Rule{"truncation-off-with-request-bodies", Flags, Warning, false,
         "The webhook gets request bodies and large events are not truncated.",
         "A batch that is larger than the receiver takes is refused as a whole, and its events are "
         "lost after the retries.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditTruncateOptions", ""},
    Rule{"tuning-without-backend", Flags, Error, true,
         "Audit flags are set, but neither policy nor log nor webhook: nothing is recorded.",
         "Limits and modes turn nothing on.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"empty-dir-log", Mounts, Error, true, "The log is kept in an emptyDir.",
         "An emptyDir is deleted with its Pod: every change of the manifest deletes the log.",
         "pkg/volume/emptydir/empty_dir.go, TearDown", ""},
    Rule{"host-path-dotdot", Mounts, Error, false, "A hostPath has a '..' element.",
         "The kubelet rejects the Pod.",
         "pkg/apis/core/validation/validation.go, validatePathNoBacksteps", ""},
    Rule{"host-path-invalid", Mounts, Error, false,
         "The kubelet rejects the hostPath, or takes it from an arbitrary place.",
         "An unknown type is rejected; a relative path is taken from the working directory of the "
         "runtime.",
         "pkg/apis/core/validation/validation.go, validateHostPathVolumeSource", ""},
    Rule{"host-path-type-unfit", Mounts, Error, true,
         "The hostPath type demands or makes something else than what is needed.",
         "FileOrCreate makes an empty policy, at which kube-apiserver exits; a wrong kind of file "
         "keeps the Pod from starting.",
         "pkg/volume/hostpath/host_path.go, checkTypeInternal", ""},
    Rule{"host-path-type-unset", Mounts, Warning, true,
         "Without a type a missing policy file becomes a directory on the host.",
         "The kubelet checks nothing, and the container runtime makes a directory of what is "
         "missing.",
         "pkg/volume/hostpath/host_path.go, checkTypeInternal; containerd, spec_linux_opts.go, "
         "WithMounts",
         ""},
    Rule{"log-mount-read-only", Mounts, Error, true, "The log's directory is mounted read-only.",
         "Since 1.22 kube-apiserver exits at start; before that it loses every event.",
         "k8s.io/apiserver, pkg/server/options/audit.go, ensureLogFile (since 1.22)", ""},
    Rule{"log-mounted-as-file", Mounts, Error, true,
         "The log file itself is a mount and cannot be renamed at rotation.",
         "rename(2) of a mount point fails with EBUSY: once the file is full, every event is lost.",
         "lumberjack.v2, lumberjack.go, openNew",
         "warning where the file is never rotated: maxsize over 1,000,000 MiB, or 0 from 1.36 on"},
    Rule{"log-not-mounted", Mounts, Error, true, "The log's directory is not on the host.",
         "From 1.25 on the log is written into the container and is lost with it; 1.22 to 1.24 "
         "exit.",
         "k8s.io/apiserver, pkg/server/options/audit.go, ensureLogFile", ""},
    Rule{"mount-below-read-only-parent", Mounts, Warning, false,
         "A mount lies inside a read-only mount that may not hold its mount point.",
         "The runtime cannot make a mount point inside a read-only mount; the container does not "
         "start unless it is there already.",
         "runc, libcontainer/rootfs_linux.go, createMountpoint",
         "error where the host's files show that it is missing"},
    Rule{"mount-near-miss", Mounts, Error, true, "A mount misses the path that it is meant for.",
         "The flag names one path and the mount another: kube-apiserver does not find its policy "
         "and exits, or the log stays in the container.",
         "pkg/kubelet/kubelet_pods.go, makeMounts", ""},
    Rule{"mount-path-duplicate", Mounts, Error, false,
         "Two mounts of a container have the same mountPath.", "The kubelet rejects the Pod.",
         "pkg/apis/core/validation/validation.go, ValidateVolumeMounts", ""},
    Rule{"mount-path-not-absolute", Mounts, Warning, false, "A mountPath is relative.",
         "The kubelet takes it from the root of the container's file system.",
         "pkg/kubelet/kubelet_pods.go, makeMounts", ""},
    Rule{"mount-shadows", Mounts, Error, false, "A mount hides what lies below it.",
         "A directory of the host over the image's own hides kube-apiserver itself; of two mounts "
         "at one path the later one hides the earlier.",
         "containerd, internal/cri/opts/spec_linux_opts.go, WithMounts",
         "warning where only another mount is hidden"},
    Rule{"mount-without-volume", Mounts, Error, false,
         "A mount names a volume that the Pod does not have.", "The kubelet rejects the Pod.",
         "pkg/apis/core/validation/validation.go, ValidateVolumeMounts", ""},
    Rule{"policy-log-share-mount", Mounts, Warning, false, "Policy and log lie in one mount.",
         "It must be writable for the log, so that a compromised API server can change its policy.",
         "pkg/kubelet/kubelet_pods.go, makeMounts", ""},
    Rule{"policy-mount-writable", Mounts, Warning, true, "The API server may write its own policy.",
         "A compromised API server can change what will be recorded after its next start.",
         "pkg/kubelet/kubelet_pods.go, makeMounts", ""},
    Rule{"policy-not-mounted", Mounts, Error, true, "The policy file is not on the host.",
         "kube-apiserver does not find it and exits.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"sub-path-pins-file", Mounts, Warning, false, "A subPath mounts one inode.",
         "A file that is replaced on the host is not seen until the Pod is made anew, and where "
         "the path is missing the kubelet makes a directory.",
         "pkg/kubelet/kubelet_pods.go, makeMounts; pkg/volume/util/subpath", ""},
    Rule{"volume-name-duplicate", Mounts, Error, false, "Two volumes have the same name.",
         "The kubelet rejects the Pod.", "pkg/apis/core/validation/validation.go, ValidateVolumes",
         ""},
    Rule{"volume-name-invalid", Mounts, Error, false, "A volume's name is no DNS-1123 label.",
         "The kubelet rejects the Pod.", "pkg/apis/core/validation/validation.go, ValidateVolumes",
         ""},
    Rule{"volume-unused", Mounts, Note, false, "No container mounts the volume.",
         "It is harmless, and often the rest of a mount that was meant for a path that is now "
         "missing.",
         "pkg/apis/core/validation/validation.go, ValidateVolumes", ""},
    Rule{"webhook-config-not-mounted", Mounts, Error, true,
         "The webhook's kubeconfig is not on the host.",
         "kube-apiserver does not find it and exits.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"webhook-credentials-not-mounted", Mounts, Error, true,
         "A file that the webhook's kubeconfig names is not on the host.",
         "kube-apiserver does not find it and exits.",
         "k8s.io/client-go, tools/clientcmd/loader.go, ResolveLocalPaths", ""},
    Rule{"duplicate-key", Pod, Warning, false, "A mapping has the same key twice.",
         "The kubelet reads the last one without a word; what stands under the first is lost.",
         "sigs.k8s.io/yaml, YAMLToJSON (non-strict)", ""},
    Rule{"kubelet-would-reject", Pod, Error, false,
         "The kubelet cannot decode the Pod, or rejects it.",
         "It drops the Pod at its next look into the directory, within 20 seconds: no API server "
         "runs.",
         "pkg/kubelet/config/common.go, tryDecodeSinglePod; "
         "pkg/apis/core/validation/validation.go, ValidatePodCreate",
         ""},
    Rule{"not-the-first-document", Pod, Error, false,
         "The API server's Pod is not the first document of the file.",
         "The kubelet reads the first document of a file and nothing else.",
         "pkg/kubelet/config/common.go, tryDecodeSinglePod",
         "warning where the first one is an API server's Pod, too"},
    Rule{"read-only-root-filesystem", Pod, Error, true,
         "The log would be written into a root file system that is read-only.",
         "Since 1.22 kube-apiserver exits at start; before that it loses every event.",
         "k8s.io/apiserver, pkg/server/options/audit.go, ensureLogFile (since 1.22)", ""},
    Rule{"run-as-non-root-log", Pod, Warning, false,
         "The API server does not run as root, and the kubelet makes the log's directory for root.",
         "DirectoryOrCreate gives root:root 0755; unless the directory is there before with "
         "another owner, kube-apiserver cannot write its log and exits.",
         "pkg/volume/hostpath/host_path.go, checkTypeInternal; kubeadm, RootlessControlPlane", ""},
    Rule{"static-pod-uid", Pod, Warning, false,
         "With a fixed UID the kubelet does not restart the container.",
         "By 1.31 a container of a Pod with the same UID is restarted only when its name or image "
         "changes; a changed command has no effect.",
         "pkg/kubelet/config/common.go, applyDefaults; pkg/kubelet/container/helpers.go, "
         "pickFieldsToHash",
         ""},
    Rule{
        "disk-budget", Host, Warning, false,
        "The logs may grow larger than the space that is free.",
        "With (maxbackup + 1) files of maxsize the disk is full before the limits delete anything.",
        "lumberjack.v2, lumberjack.go, millRunOnce", ""},
    Rule{"host-path-missing", Host, Error, false,
         "A hostPath of the API server fails its type on this host.",
         "The kubelet cannot mount it, and the Pod does not start.",
         "pkg/volume/hostpath/host_path.go, checkTypeInternal", ""},
    Rule{"log-directory-mode", Host, Note, false, "Others may look into the log's directory.",
         "The log holds who did what. Since 1.22 the files in it are private themselves (0600); "
         "before, they are readable for all (0644).",
         "k8s.io/apiserver, pkg/server/options/audit.go, ensureLogFile; lumberjack.v2, "
         "lumberjack.go, openNew",
         "warning before 1.22"},
    Rule{"log-directory-not-writable-by-user", Host, Error, false,
         "The API server's user may not write the log's directory.",
         "Since 1.22 kube-apiserver exits at start; before that it loses every event.",
         "k8s.io/apiserver, pkg/server/options/audit.go, ensureLogFile (since 1.22)", ""},
    Rule{"manifest-mode", Host, Warning, false,
         "The manifest may be read or written by others than root.",
         "CIS asks for 600 or stricter (644 before Kubernetes 1.24).", "CIS 1.1.1", ""},
    Rule{"manifest-owner", Host, Warning, false, "The manifest does not belong to root.",
         "Its owner can make the API server run anything.", "CIS 1.1.2; V-242405", ""},
    Rule{"policy-file-empty", Host, Error, false, "The policy file on the host is empty.",
         "kube-apiserver refuses an empty policy and exits.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-file-invalid", Host, Error, false,
         "kube-apiserver would refuse the policy file on the host.", "It prints why and exits.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-file-is-directory", Host, Error, false,
         "The policy file on the host is a directory.",
         "A container runtime makes one where a mount without a type finds nothing; kube-apiserver "
         "cannot read it and exits.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"policy-file-missing", Host, Error, false, "The policy file is not on the host.",
         "kube-apiserver does not find it and exits.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"policy-file-unreadable", Host, Error, false,
         "The API server's user may not read the policy file.", "kube-apiserver exits.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"policy-newer-than-process", Host, Warning, false,
         "The policy file was changed after the running API server was started.",
         "kube-apiserver reads its policy only at start.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"retention-would-delete", Host, Error, false,
         "The limits delete rotated logs that are on the host.",
         "kube-apiserver deletes them within seconds of its start.",
         "lumberjack.v2, lumberjack.go, millRunOnce",
         "warning in `kaudit check`, where the manifest already has these limits"},
    Rule{
        "running-differs", Host, Warning, false,
        "The running API server has other audit flags than the manifest.",
        "What the manifest says is not in force: the kubelet has not restarted the API server yet, "
        "could not, or does not run this file.",
        "pkg/kubelet/config/file.go, extractFromDir; pkg/kubelet/config/common.go, applyDefaults",
        ""},
    Rule{"sibling-manifest", Host, Error, false,
         "Another file in the directory defines the same Pod.",
         "The kubelet runs the file whose name sorts last, and undoes every change of the other "
         "within 20 seconds.",
         "pkg/kubelet/config/file.go, extractFromDir", ""},
    Rule{"webhook-config-invalid", Host, Error, false,
         "The webhook's kubeconfig on the host cannot be loaded.", "kube-apiserver exits.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"webhook-config-missing", Host, Error, false,
         "The webhook's kubeconfig is not on the host.", "kube-apiserver exits.",
         "k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.ApplyTo", ""},
    Rule{"webhook-credentials-missing", Host, Error, false,
         "A file that the webhook's kubeconfig names is not on the host.", "kube-apiserver exits.",
         "k8s.io/client-go, rest/config.go, TLSClientConfig", ""},
    Rule{"added-on-upgrade", Kubeadm, Warning, false,
         "The kubeadm configuration has an audit setting that the manifest lacks.",
         "The API server runs without it until kubeadm writes the manifest anew. With check "
         "MANIFEST --kubeadm-config FILE.",
         "kubeadm, phases/upgrade/staticpods.go, upgradeComponent", ""},
    Rule{"extra-arg-name", Kubeadm, Error, false,
         "The name of an extra argument begins with a dash, or is empty.",
         "kubeadm puts two dashes in front of it; kube-apiserver does not know such a flag and "
         "exits.",
         "kubeadm, util/arguments.go; spf13/pflag, flag.go, parseLongArg", ""},
    Rule{"extra-arg-null", Kubeadm, Warning, false, "The value of an extra argument is null.",
         "kubeadm writes the flag with an empty value. `kaudit enable` does not edit such a "
         "configuration, because nobody means that.",
         "kubeadm, util/arguments.go, BuildArgumentListFromMap", ""},
    Rule{"extra-arg-unquoted", Kubeadm, Error, false,
         "The value of an extra argument is a number or a boolean, and not a string.",
         "kubeadm cannot decode the configuration, and stops.",
         "kubeadm, apis/kubeadm/v1beta3/types.go, ControlPlaneComponent", ""},
    Rule{"extra-args-form", Kubeadm, Error, false, "extraArgs has the form of another API version.",
         "It is a map of strings up to v1beta3 and a list of name and value in v1beta4; kubeadm "
         "decodes no other, and stops.",
         "kubeadm, apis/kubeadm/v1beta4/types.go, ControlPlaneComponent", ""},
    Rule{"extra-volume-duplicate", Kubeadm, Warning, false,
         "Two extraVolumes have the same name, and the last counts.",
         "kubeadm keeps them in a map by name: volume and mount of the other one are not written.",
         "kubeadm, phases/controlplane/volumes.go, AddExtraHostPathMounts", ""},
    Rule{"extra-volume-replaces-kubeadms", Kubeadm, Error, false,
         "An extraVolume has the name of one that kubeadm writes itself.",
         "It takes that one's place, and the API server does not find its certificates.",
         "kubeadm, phases/controlplane/volumes.go, AddExtraHostPathMounts",
         "warning where it only repeats kubeadm's own, and where kubeadm writes one only on hosts "
         "that have the directory"},
    Rule{"kubeadm-unknown-field", Kubeadm, Warning, false,
         "kubeadm does not know a field of the configuration, or of its apiServer.",
         "It prints a warning and ignores what stands there.",
         "kubeadm, util/config/strict/strict.go, VerifyUnmarshalStrict", ""},
    Rule{"kubeadm-would-reject", Kubeadm, Error, false,
         "kubeadm cannot read the configuration, or the file that it is in.",
         "It stops before it writes a manifest: at a value of the wrong type wherever it stands, "
         "at a document without kind or group, at two documents of one kind, and where nothing but "
         "comments stands between two lines '---'. A document behind '--- # comment' is not read "
         "by each release.",
         "kubeadm, util/config/initconfiguration.go, documentMapToInitConfiguration; "
         "util/marshal.go, SplitYAMLDocuments; apimachinery, util/yaml/decoder.go, YAMLReader",
         ""},
    Rule{"lost-on-upgrade", Kubeadm, Warning, false,
         "The kubeadm configuration lacks an audit setting of the manifest, or has another value "
         "or another mount.",
         "kubeadm upgrade writes the manifest anew from its configuration, and the setting is "
         "gone. With check MANIFEST --kubeadm-config FILE.",
         "kubeadm, phases/upgrade/staticpods.go, upgradeComponent",
         "note where another mount brings the same file in the same way"},
    Rule{"busy-bodies", Policy, Note, false, "The bodies of events or leases are recorded.",
         "Nodes and controllers write them every few seconds; with bodies they fill the log and "
         "say little.",
         "k8s.io/apiserver, pkg/audit/request.go, LogRequestObject", ""},
    Rule{"catch-all-missing", Policy, Warning, false, "Some requests are held by no rule.",
         "What no rule holds for has the level None: new resources and custom ones go unrecorded.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, EvaluatePolicyRule; CIS 3.2.2", ""},
    Rule{"cluster-scoped-with-namespaces", Policy, Warning, false,
         "A rule for namespaces names a resource that is in none.",
         "Requests for cluster-scoped resources have no namespace, so the rule never matches them. "
         "Only a Namespace object counts as in itself.",
         "k8s.io/apiserver, pkg/endpoints/request/requestinfo.go, NewRequestInfo", ""},
    Rule{"configmap-bodies", Policy, Warning, false, "The contents of ConfigMaps are recorded.",
         "ConfigMaps often hold passwords and kubeconfigs, and whoever reads the log reads them.",
         "CIS 3.2.2", ""},
    Rule{"deletecollection-forgotten", Policy, Warning, false,
         "A rule holds for delete and not for deletecollection.",
         "Deleting all objects of a kind is a request of its own, and the worse of the two.",
         "k8s.io/apiserver, pkg/endpoints/request/requestinfo.go, NewRequestInfo",
         "note where it is recorded, and at a lower level only"},
    Rule{"events-half-dropped", Policy, Note, false,
         "Events are dropped in one of their two groups only.",
         "Components write Events through events.k8s.io, too, and through it the noise stays.",
         "k8s.io/client-go, tools/events, event_broadcaster.go", ""},
    Rule{"exec-by-get-forgotten", Policy, Warning, false,
         "A rule for exec, attach or portforward holds for create and not for get.",
         "Over WebSockets they are opened with GET, whose verb is get; such a shell is not "
         "recorded.",
         "k8s.io/kubectl, pkg/cmd/exec, exec.go; k8s.io/apiserver, "
         "pkg/endpoints/request/requestinfo.go",
         ""},
    Rule{"group-unknown", Policy, Warning, false, "An API group is not one of Kubernetes.",
         "Groups are compared letter for letter and without a version.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, ruleMatchesResource",
         "note where it is not clear which one is meant"},
    Rule{"health-urls-half-dropped", Policy, Note, false,
         "/healthz is dropped, and /livez or /readyz is recorded.",
         "Since 1.16 probes ask for /livez and /readyz; /healthz is the old name.",
         "k8s.io/apiserver, pkg/server/healthz.go", ""},
    Rule{"health-urls-of-some-users", Policy, Note, false,
         "Health checks are dropped for some users only.",
         "The kubelet's probes and most load balancers send no credentials: they are "
         "system:anonymous in the group system:unauthenticated.",
         "k8s.io/apiserver, pkg/authentication/request/anonymous/anonymous.go", ""},
    Rule{"identity-in-wrong-list", Policy, Warning, false,
         "A group stands in users, or a user in userGroups.",
         "The two are different names of a request, and each list is compared with its own.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, ruleMatches", ""},
    Rule{"identity-unrecorded", Policy, Warning, false,
         "Nothing that a powerful user or group does is recorded.",
         "Such identities may do everything or nearly so, and what an intruder does with one is "
         "lost.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, EvaluatePolicyRule", ""},
    Rule{"leases-not-dropped", Policy, Note, false,
         "Leader election is dropped on its old resources and recorded on leases.",
         "The control plane renews its Leases every two seconds; endpoints and configmaps are no "
         "longer used for it.",
         "k8s.io/component-base, config/v1alpha1/defaults.go, "
         "RecommendedDefaultLeaderElectionConfiguration (1.20)",
         ""},
    Rule{"name-impossible", Policy, Warning, false,
         "A user, group or namespace is named that cannot exist.",
         "Names are compared letter for letter. Nodes are system:node:NAME, service accounts "
         "system:serviceaccount:NAMESPACE:NAME, and a namespace is a DNS label.",
         "k8s.io/apiserver, pkg/authentication/serviceaccount/util.go, SplitUsername; "
         "k8s.io/apimachinery, pkg/util/validation, IsDNS1123Label",
         ""},
    Rule{"patch-forgotten", Policy, Warning, false, "A rule holds for update and not for patch.",
         "Most changes are patches, those of kubectl apply among them.",
         "k8s.io/apiserver, pkg/endpoints/request/requestinfo.go, NewRequestInfo",
         "note where it is recorded, and at a lower level only"},
    Rule{"policy-api-version", Policy, Error, false,
         "The release does not read the policy's apiVersion.",
         "kube-apiserver 1.24 removed v1beta1 and v1alpha1 of audit.k8s.io, and exits at another "
         "version or none.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes",
         "warning up to 1.23, where an older version is only deprecated"},
    Rule{"policy-duplicate-key", Policy, Warning, false, "A key is given twice in a mapping.",
         "The last one counts. Since 1.26 kube-apiserver warns of it in its own log.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-empty", Policy, Error, false, "The policy has no content.",
         "kube-apiserver reads the first YAML document and exits if there is nothing in it.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-further-documents", Policy, Warning, false,
         "The file has more than one YAML document.",
         "Only the first one is read; the others may hold anything and have no effect.",
         "sigs.k8s.io/yaml, yaml.go, YAMLToJSON", ""},
    Rule{"policy-group", Policy, Error, false, "A group is no name of an API group.",
         "kube-apiserver exits at a version in a group, at capital letters, and before 1.36 at *.",
         "k8s.io/apiserver, pkg/apis/audit/validation/validation.go, validateResources", ""},
    Rule{"policy-heredoc-mark", Policy, Error, false,
         "A line of the shell command that wrote the file is in it.",
         "With it the file is not valid YAML, and kube-apiserver exits.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-kind", Policy, Error, false, "The kind is not Policy.",
         "kube-apiserver exits. A missing kind is taken for Policy.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-level", Policy, Error, false, "A rule has no level, or one that does not exist.",
         "kube-apiserver exits. Levels are None, Metadata, Request and RequestResponse, with these "
         "capital letters.",
         "k8s.io/apiserver, pkg/apis/audit/validation/validation.go, validateLevel", ""},
    Rule{"policy-mixed-rule", Policy, Error, false,
         "A rule is for resources or namespaces and for URLs.",
         "kube-apiserver exits: a rule is for one of the two kinds of requests.",
         "k8s.io/apiserver, pkg/apis/audit/validation/validation.go, validatePolicyRule", ""},
    Rule{"policy-no-rules", Policy, Error, false, "The policy has no rules.",
         "kube-apiserver exits at a policy with 0 rules.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-records-nothing", Policy, Error, false, "The policy records nothing.",
         "Every request is decided by a rule with the level None, or by no rule.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, EvaluatePolicyRule", ""},
    Rule{"policy-resource-names", Policy, Error, false, "Names are given without resources.",
         "kube-apiserver exits: resourceNames needs at least one resource.",
         "k8s.io/apiserver, pkg/apis/audit/validation/validation.go, validateResources", ""},
    Rule{"policy-stage", Policy, Error, false, "A stage does not exist.",
         "kube-apiserver exits. Stages are RequestReceived, ResponseStarted, ResponseComplete and "
         "Panic.",
         "k8s.io/apiserver, pkg/apis/audit/validation/validation.go, validateOmitStages", ""},
    Rule{"policy-syntax", Policy, Error, false, "The policy is not valid YAML or JSON.",
         "kube-apiserver exits.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-template", Policy, Error, false, "The policy is a template.",
         "It holds marks of a template engine that was not run; kube-apiserver exits.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-too-large-to-judge", Policy, Warning, false,
         "The policy is too large to compare all its rules.",
         "kaudit compares each rule with all those before it. Beyond some hundred rules or some "
         "thousand words it only tries single requests, and may miss what a rule does.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, EvaluatePolicyRule", ""},
    Rule{"policy-type", Policy, Error, false, "A value has the wrong type.",
         "A number or a bare yes where a string is needed, a string where a list is needed: "
         "kube-apiserver exits.",
         "k8s.io/apimachinery, pkg/runtime/serializer/json, Decode", ""},
    Rule{"policy-unknown-field", Policy, Warning, false,
         "A field does not exist there, and is ignored.",
         "The rule is then broader than it looks. Since 1.26 kube-apiserver warns of it in its own "
         "log.",
         "k8s.io/apiserver, pkg/audit/policy/reader.go, LoadPolicyFromBytes", ""},
    Rule{"policy-url", Policy, Error, false, "A URL is not written as rules need it.",
         "kube-apiserver exits where one does not begin with a slash, or has * before its end.",
         "k8s.io/apiserver, pkg/apis/audit/validation/validation.go, validateNonResourceURLs", ""},
    Rule{"resource-in-wrong-group", Policy, Warning, false,
         "A resource is named in a group that does not have it.",
         "Requests for it have another group, and the rule never matches them.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, ruleMatchesResource",
         "note where the rule names it in its group, too"},
    Rule{"resource-names-never-given", Policy, Warning, false,
         "Names are given for requests that have none.",
         "The name of an object that is made is in the body, and lists have none: rules compare "
         "with the URL and a field selector only.",
         "k8s.io/apiserver, pkg/endpoints/request/requestinfo.go, NewRequestInfo",
         "note for list and watch, which a field selector can give a name"},
    Rule{"resource-not-served", Policy, Warning, false, "The release does not serve the resource.",
         "There are no requests for it, or those for its new group are meant.",
         "Kubernetes, deprecated API migration guide",
         "note where nothing has taken its place, or the rule names that, too"},
    Rule{"resource-unknown", Policy, Warning, false,
         "A group of Kubernetes has no resource of that name.",
         "Resources are named in the plural and in small letters; kinds, singulars and the short "
         "names of kubectl never match.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, ruleMatchesResource", ""},
    Rule{"rule-unreachable", Policy, Warning, false, "Earlier rules leave nothing for a rule.",
         "The first rule that holds for a request decides, also when its level is None.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, EvaluatePolicyRule", ""},
    Rule{"secret-bodies", Policy, Warning, false, "The contents of Secrets are recorded.",
         "Whoever reads the log, or the place it is sent to, reads them; base64 hides nothing.",
         "CIS 3.2.2", ""},
    Rule{"stages-all-omitted", Policy, Warning, false,
         "No stage of an ordinary request is left to record.",
         "Without RequestReceived and ResponseComplete only panics and the start of long-running "
         "requests remain.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, unionStages; "
         "pkg/endpoints/filters/audit.go",
         ""},
    Rule{"stages-omitted-twice", Policy, Note, false,
         "A rule omits stages that are omitted anyway.",
         "What the policy omits is omitted for every rule; a rule cannot bring it back.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, unionStages", ""},
    Rule{"subresource-wildcard-includes-resource", Policy, Note, false,
         "RESOURCE/* holds for the resource itself, too.",
         "The comment of the API says that it is for subresources only; the code does otherwise.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, ruleMatchesResource", ""},
    Rule{"token-request-bodies", Policy, Warning, false, "Tokens of service accounts are recorded.",
         "The answer to serviceaccounts/token is a token that can be used at once.",
         "k8s.io/api, authentication/v1, TokenRequestStatus; CIS 3.2.2", ""},
    Rule{"token-review-bodies", Policy, Warning, false, "Tokens under review are recorded.",
         "A TokenReview holds the token of the user who is asked about.", "CIS 3.2.2", ""},
    Rule{"url-is-resource-path", Policy, Warning, false,
         "nonResourceURLs holds a path of resources.",
         "Requests for resources are matched by resources and namespaces and never by their path.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, ruleMatches", ""},
    Rule{"url-with-query", Policy, Warning, false, "nonResourceURLs holds a query.",
         "Rules are compared with the path of a request, which ends before the question mark.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, pathMatches", ""},
    Rule{"user-obsolete", Policy, Warning, false, "A rule is for a user of old releases.",
         "Nobody is system:unsecured since 1.20, and kubelets have had names of their own since "
         "1.7.",
         "cluster/gce/gci/configure-helper.sh, create-master-audit-policy",
         "note where the rule names other users, too"},
    Rule{"verb-unknown", Policy, Warning, false, "A verb is one that no request has.",
         "Requests for resources have get, list, watch, create, update, patch, delete and "
         "deletecollection; those for URLs the method in small letters.",
         "k8s.io/apiserver, pkg/endpoints/request/requestinfo.go, NewRequestInfo", ""},
    Rule{"wildcard-literal", Policy, Warning, false,
         "A * stands where it is compared letter for letter.",
         "Unlike in RBAC only resources and nonResourceURLs know wildcards, and those only *, "
         "*/SUBRESOURCE, RESOURCE/* and a * at the end of a URL.",
         "k8s.io/apiserver, pkg/audit/policy/checker.go, ruleMatches", ""},
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

std::string_view group_title(RuleGroup group) {
  switch (group) {
    case RuleGroup::Flags:
      return "Flags";
    case RuleGroup::Mounts:
      return "Volumes and mounts";
    case RuleGroup::Pod:
      return "The Pod";
    case RuleGroup::Host:
      return "The host";
    case RuleGroup::Kubeadm:
      return "kubeadm's configuration";
    case RuleGroup::Policy:
      return "The audit policy";
  }
  return "";
}

std::span<const Rule> all_rules() {
  return kRules;
}

const Rule* find_rule(std::string_view id) {
  const auto* const found =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.id == id; });
  return found == kRules.end() ? nullptr : found;
}

const Rule& rule(std::string_view id) {
  return *find_rule(id);
}

}  // namespace kaudit::check
