#include "audit/api_resources.h"

#include <algorithm>

namespace kaudit::audit {
namespace {

using enum ResourceScope;
using enum Verb;

constexpr VerbSet kAll{Get, List, Watch, Create, Update, Patch, Delete, DeleteCollection};
constexpr VerbSet kCreate{Create};
constexpr VerbSet kChange{Get, Update, Patch};
constexpr VerbSet kConnect{Get, Create};
constexpr VerbSet kProxy{Get, Create, Update, Patch, Delete};
constexpr VerbSet kRead{Get, List};
// The namespace controller deletes namespaces one by one.
constexpr VerbSet kOfNamespaces{Get, List, Watch, Create, Update, Patch, Delete};

constexpr ApiSubresource kStatusOfAll{"status", kChange};
constexpr ApiSubresource kScaleOfAll{"scale", kChange};

constexpr std::array kStatus{kStatusOfAll};
constexpr std::array kScale{kScaleOfAll, kStatusOfAll};
constexpr std::array kOfDeploymentsOnce{ApiSubresource{"rollback", kCreate}, kScaleOfAll,
                                        kStatusOfAll};
constexpr std::array kOfNamespace{ApiSubresource{"finalize", {Update}}, kStatusOfAll};
constexpr std::array kOfNodes{ApiSubresource{"proxy", kProxy}, kStatusOfAll};
constexpr std::array kOfPods{ApiSubresource{"attach", kConnect},
                             ApiSubresource{"binding", kCreate},
                             ApiSubresource{"ephemeralcontainers", kChange, 21},
                             ApiSubresource{"eviction", kCreate},
                             ApiSubresource{"exec", kConnect},
                             ApiSubresource{"log", {Get}},
                             ApiSubresource{"portforward", kConnect},
                             ApiSubresource{"proxy", kProxy},
                             ApiSubresource{"resize", kChange, 32},
                             kStatusOfAll};
constexpr std::array kOfServiceAccounts{ApiSubresource{"token", kCreate}};
constexpr std::array kOfServices{ApiSubresource{"proxy", kProxy}, kStatusOfAll};
constexpr std::array kOfSigningRequests{ApiSubresource{"approval", kChange}, kStatusOfAll};
constexpr std::array kOfTaintRules{ApiSubresource{"status", kChange, 35}};

constexpr std::span<const ApiSubresource> kNone;

constexpr std::string_view kAdmission = "admissionregistration.k8s.io";
constexpr std::string_view kAuthorization = "authorization.k8s.io";
constexpr std::string_view kFlowControl = "flowcontrol.apiserver.k8s.io";
constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

// Discovery of 1.31 to 1.36 and the OpenAPI document of 1.20; what had ended by then, and the short
// names, from the registries' sources (pkg/registry, ShortNames).
constexpr std::array kResources{
    ApiResource{"", "bindings", "Binding", "", Namespaced, kCreate},
    ApiResource{"", "componentstatuses", "ComponentStatus", "cs", Cluster, kRead},
    ApiResource{"", "configmaps", "ConfigMap", "cm", Namespaced, kAll},
    ApiResource{"", "endpoints", "Endpoints", "ep", Namespaced, kAll},
    ApiResource{"", "events", "Event", "ev", Namespaced, kAll},
    ApiResource{"", "limitranges", "LimitRange", "limits", Namespaced, kAll},
    ApiResource{"", "namespaces", "Namespace", "ns", Cluster, kOfNamespaces, kOfNamespace},
    ApiResource{"", "nodes", "Node", "no", Cluster, kAll, kOfNodes},
    ApiResource{"", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", Namespaced, kAll,
                kStatus},
    ApiResource{"", "persistentvolumes", "PersistentVolume", "pv", Cluster, kAll, kStatus},
    ApiResource{"", "pods", "Pod", "po", Namespaced, kAll, kOfPods},
    ApiResource{"", "podtemplates", "PodTemplate", "", Namespaced, kAll},
    ApiResource{"", "replicationcontrollers", "ReplicationController", "rc", Namespaced, kAll,
                kScale},
    ApiResource{"", "resourcequotas", "ResourceQuota", "quota", Namespaced, kAll, kStatus},
    ApiResource{"", "secrets", "Secret", "", Namespaced, kAll},
    ApiResource{"", "serviceaccounts", "ServiceAccount", "sa", Namespaced, kAll,
                kOfServiceAccounts},
    ApiResource{"", "services", "Service", "svc", Namespaced, kAll, kOfServices},

    ApiResource{kAdmission,
                "mutatingadmissionpolicies",
                "MutatingAdmissionPolicy",
                "",
                Cluster,
                kAll,
                kNone,
                {32}},
    ApiResource{kAdmission,
                "mutatingadmissionpolicybindings",
                "MutatingAdmissionPolicyBinding",
                "",
                Cluster,
                kAll,
                kNone,
                {32}},
    ApiResource{kAdmission, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "",
                Cluster, kAll},
    ApiResource{kAdmission,
                "validatingadmissionpolicies",
                "ValidatingAdmissionPolicy",
                "",
                Cluster,
                kAll,
                kStatus,
                {21}},
    ApiResource{kAdmission,
                "validatingadmissionpolicybindings",
                "ValidatingAdmissionPolicyBinding",
                "",
                Cluster,
                kAll,
                kNone,
                {21}},
    ApiResource{kAdmission, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "",
                Cluster, kAll},

    ApiResource{"apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition",
                "crd crds", Cluster, kAll, kStatus},
    ApiResource{"apiregistration.k8s.io", "apiservices", "APIService", "", Cluster, kAll, kStatus},

    ApiResource{"apps", "controllerrevisions", "ControllerRevision", "", Namespaced, kAll},
    ApiResource{"apps", "daemonsets", "DaemonSet", "ds", Namespaced, kAll, kStatus},
    ApiResource{"apps", "deployments", "Deployment", "deploy", Namespaced, kAll, kScale},
    ApiResource{"apps", "replicasets", "ReplicaSet", "rs", Namespaced, kAll, kScale},
    ApiResource{"apps", "statefulsets", "StatefulSet", "sts", Namespaced, kAll, kScale},

    ApiResource{
        "auditregistration.k8s.io", "auditsinks", "AuditSink", "", Cluster, kAll, kNone, {13, 18}},

    ApiResource{"authentication.k8s.io",
                "selfsubjectreviews",
                "SelfSubjectReview",
                "",
                Cluster,
                kCreate,
                kNone,
                {21}},
    ApiResource{"authentication.k8s.io", "tokenreviews", "TokenReview", "", Cluster, kCreate},

    ApiResource{kAuthorization, "localsubjectaccessreviews", "LocalSubjectAccessReview", "",
                Namespaced, kCreate},
    ApiResource{kAuthorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview", "", Cluster,
                kCreate},
    ApiResource{kAuthorization, "selfsubjectrulesreviews", "SelfSubjectRulesReview", "", Cluster,
                kCreate},
    ApiResource{kAuthorization, "subjectaccessreviews", "SubjectAccessReview", "", Cluster,
                kCreate},

    ApiResource{"autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa",
                Namespaced, kAll, kStatus},

    ApiResource{"batch", "cronjobs", "CronJob", "cj", Namespaced, kAll, kStatus},
    ApiResource{"batch", "jobs", "Job", "", Namespaced, kAll, kStatus},

    ApiResource{"certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest",
                "csr", Cluster, kAll, kOfSigningRequests},
    ApiResource{"certificates.k8s.io",
                "clustertrustbundles",
                "ClusterTrustBundle",
                "",
                Cluster,
                kAll,
                kNone,
                {21}},
    ApiResource{"certificates.k8s.io",
                "podcertificaterequests",
                "PodCertificateRequest",
                "",
                Namespaced,
                kAll,
                kStatus,
                {34}},

    ApiResource{"coordination.k8s.io",
                "leasecandidates",
                "LeaseCandidate",
                "",
                Namespaced,
                kAll,
                kNone,
                {21}},
    ApiResource{"coordination.k8s.io", "leases", "Lease", "", Namespaced, kAll},

    ApiResource{"discovery.k8s.io", "endpointslices", "EndpointSlice", "", Namespaced, kAll},

    ApiResource{"events.k8s.io", "events", "Event", "ev", Namespaced, kAll},

    ApiResource{"extensions", "daemonsets", "DaemonSet", "ds", Namespaced, kAll, kStatus, {0, 15}},
    ApiResource{"extensions",
                "deployments",
                "Deployment",
                "deploy",
                Namespaced,
                kAll,
                kOfDeploymentsOnce,
                {0, 15}},
    ApiResource{"extensions", "ingresses", "Ingress", "ing", Namespaced, kAll, kStatus, {0, 21}},
    ApiResource{"extensions",
                "networkpolicies",
                "NetworkPolicy",
                "netpol",
                Namespaced,
                kAll,
                kNone,
                {0, 15}},
    ApiResource{"extensions",
                "podsecuritypolicies",
                "PodSecurityPolicy",
                "psp",
                Cluster,
                kAll,
                kNone,
                {0, 15}},
    ApiResource{"extensions", "replicasets", "ReplicaSet", "rs", Namespaced, kAll, kScale, {0, 15}},

    ApiResource{kFlowControl, "flowschemas", "FlowSchema", "", Cluster, kAll, kStatus},
    ApiResource{kFlowControl, "prioritylevelconfigurations", "PriorityLevelConfiguration", "",
                Cluster, kAll, kStatus},

    ApiResource{"internal.apiserver.k8s.io", "storageversions", "StorageVersion", "", Cluster, kAll,
                kStatus},

    ApiResource{"metrics.k8s.io", "nodes", "NodeMetrics", "", Cluster, kRead},
    ApiResource{"metrics.k8s.io", "pods", "PodMetrics", "", Namespaced, kRead},

    ApiResource{
        "networking.k8s.io", "clustercidrs", "ClusterCIDR", "cc", Cluster, kAll, kNone, {25, 28}},
    ApiResource{"networking.k8s.io", "ingressclasses", "IngressClass", "", Cluster, kAll},
    ApiResource{"networking.k8s.io", "ingresses", "Ingress", "ing", Namespaced, kAll, kStatus},
    ApiResource{"networking.k8s.io", "ipaddresses", "IPAddress", "ip", Cluster, kAll, kNone, {21}},
    ApiResource{"networking.k8s.io", "networkpolicies", "NetworkPolicy", "netpol", Namespaced,
                kAll},
    ApiResource{
        "networking.k8s.io", "servicecidrs", "ServiceCIDR", "", Cluster, kAll, kStatus, {21}},

    ApiResource{"node.k8s.io", "runtimeclasses", "RuntimeClass", "", Cluster, kAll},

    ApiResource{"policy", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", Namespaced, kAll,
                kStatus},
    ApiResource{
        "policy", "podsecuritypolicies", "PodSecurityPolicy", "psp", Cluster, kAll, kNone, {0, 24}},

    ApiResource{kRbac, "clusterrolebindings", "ClusterRoleBinding", "", Cluster, kAll},
    ApiResource{kRbac, "clusterroles", "ClusterRole", "", Cluster, kAll},
    ApiResource{kRbac, "rolebindings", "RoleBinding", "", Namespaced, kAll},
    ApiResource{kRbac, "roles", "Role", "", Namespaced, kAll},

    ApiResource{"resource.k8s.io", "deviceclasses", "DeviceClass", "", Cluster, kAll, kNone, {21}},
    ApiResource{"resource.k8s.io",
                "devicetaintrules",
                "DeviceTaintRule",
                "",
                Cluster,
                kAll,
                kOfTaintRules,
                {33}},
    ApiResource{"resource.k8s.io",
                "podschedulingcontexts",
                "PodSchedulingContext",
                "",
                Namespaced,
                kAll,
                kStatus,
                {21, 31}},
    ApiResource{"resource.k8s.io",
                "podschedulings",
                "PodScheduling",
                "",
                Namespaced,
                kAll,
                kNone,
                {26, 26}},
    ApiResource{"resource.k8s.io",
                "resourceclaimparameters",
                "ResourceClaimParameters",
                "",
                Namespaced,
                kAll,
                kNone,
                {26, 30}},
    ApiResource{
        "resource.k8s.io", "resourceclaims", "ResourceClaim", "", Namespaced, kAll, kStatus, {21}},
    ApiResource{"resource.k8s.io",
                "resourceclaimtemplates",
                "ResourceClaimTemplate",
                "",
                Namespaced,
                kAll,
                kNone,
                {21}},
    ApiResource{
        "resource.k8s.io", "resourceclasses", "ResourceClass", "", Cluster, kAll, kNone, {26, 30}},
    ApiResource{"resource.k8s.io",
                "resourceclassparameters",
                "ResourceClassParameters",
                "",
                Namespaced,
                kAll,
                kNone,
                {26, 30}},
    ApiResource{"resource.k8s.io",
                "resourcepoolstatusrequests",
                "ResourcePoolStatusRequest",
                "",
                Cluster,
                kAll,
                kStatus,
                {36}},
    ApiResource{
        "resource.k8s.io", "resourceslices", "ResourceSlice", "", Cluster, kAll, kNone, {21}},

    ApiResource{"scheduling.k8s.io", "podgroups", "PodGroup", "", Namespaced, kAll, kStatus, {36}},
    ApiResource{"scheduling.k8s.io", "priorityclasses", "PriorityClass", "pc", Cluster, kAll},
    ApiResource{"scheduling.k8s.io", "workloads", "Workload", "", Namespaced, kAll, kNone, {35}},

    ApiResource{"settings.k8s.io", "podpresets", "PodPreset", "", Namespaced, kAll, kNone, {0, 19}},

    ApiResource{"storage.k8s.io", "csidrivers", "CSIDriver", "", Cluster, kAll},
    ApiResource{"storage.k8s.io", "csinodes", "CSINode", "", Cluster, kAll},
    ApiResource{"storage.k8s.io",
                "csistoragecapacities",
                "CSIStorageCapacity",
                "",
                Namespaced,
                kAll,
                kNone,
                {21}},
    ApiResource{"storage.k8s.io", "storageclasses", "StorageClass", "sc", Cluster, kAll},
    ApiResource{"storage.k8s.io", "volumeattachments", "VolumeAttachment", "", Cluster, kAll,
                kStatus},
    ApiResource{"storage.k8s.io",
                "volumeattributesclasses",
                "VolumeAttributesClass",
                "vac",
                Cluster,
                kAll,
                kNone,
                {21}},

    ApiResource{"storagemigration.k8s.io",
                "storageversionmigrations",
                "StorageVersionMigration",
                "",
                Cluster,
                kAll,
                kStatus,
                {21}},
};

constexpr std::array<std::string_view, 2> kOpenGroups{"custom.metrics.k8s.io",
                                                      "external.metrics.k8s.io"};

constexpr std::size_t count_groups() {
  std::size_t count = kOpenGroups.size() + 1;
  for (std::size_t i = 1; i < kResources.size(); ++i)
    if (kResources[i].group != kResources[i - 1].group) ++count;
  return count;
}

constexpr auto kGroups = [] {
  std::array<std::string_view, count_groups()> groups{};
  std::size_t count = 0;
  for (const ApiResource& resource : kResources)
    if (count == 0 || groups[count - 1] != resource.group) groups[count++] = resource.group;
  for (const std::string_view group : kOpenGroups) groups[count++] = group;
  return groups;
}();

}  // namespace

std::string_view to_string(Verb verb) {
  switch (verb) {
    case Get:
      return "get";
    case List:
      return "list";
    case Watch:
      return "watch";
    case Create:
      return "create";
    case Update:
      return "update";
    case Patch:
      return "patch";
    case Delete:
      return "delete";
    case DeleteCollection:
      return "deletecollection";
  }
  return {};
}

std::optional<Verb> parse_verb(std::string_view name) {
  for (const Verb verb : kVerbs)
    if (to_string(verb) == name) return verb;
  return {};
}

const ApiSubresource* ApiResource::subresource(std::string_view subresource_name) const {
  for (const ApiSubresource& candidate : subresources)
    if (candidate.name == subresource_name) return &candidate;
  return nullptr;
}

std::span<const ApiResource> api_resources() {
  return kResources;
}

const ApiResource* find_api_resource(std::string_view group, std::string_view name) {
  for (const ApiResource& resource : kResources)
    if (resource.group == group && resource.name == name) return &resource;
  return nullptr;
}

std::span<const std::string_view> api_groups() {
  return kGroups;
}

bool is_api_group(std::string_view group) {
  return std::ranges::find(kGroups, group) != kGroups.end();
}

bool is_closed_api_group(std::string_view group) {
  return is_api_group(group) && std::ranges::find(kOpenGroups, group) == kOpenGroups.end();
}

}  // namespace kaudit::audit
