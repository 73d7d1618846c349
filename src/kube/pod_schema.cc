#include "kube/pod_schema.h"

#include <array>
#include <limits>

namespace kaudit::kube {
namespace {

constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();

constexpr Field text(std::string_view name) {
  return {.name = name};
}

constexpr Field of_type(std::string_view name, FieldType type) {
  Field f = text(name);
  f.type = type;
  return f;
}

constexpr Field boolean(std::string_view name) {
  return of_type(name, FieldType::Bool);
}

constexpr Field int32(std::string_view name) {
  return of_type(name, FieldType::Int32);
}

constexpr Field int64(std::string_view name) {
  return of_type(name, FieldType::Int64);
}

constexpr Field quantity(std::string_view name) {
  return of_type(name, FieldType::Quantity);
}

constexpr Field port(std::string_view name) {
  return of_type(name, FieldType::IntOrString);
}

constexpr Field time(std::string_view name) {
  return of_type(name, FieldType::Time);
}

constexpr Field anything(std::string_view name) {
  return of_type(name, FieldType::Any);
}

constexpr Field one(std::string_view name, const StructType& type) {
  Field f = of_type(name, FieldType::Struct);
  f.of = &type;
  return f;
}

constexpr Field list(Field f) {
  f.shape = FieldShape::List;
  return f;
}

constexpr Field map(Field f) {
  f.shape = FieldShape::Map;
  return f;
}

constexpr Field structs(std::string_view name, const StructType& type) {
  return list(one(name, type));
}

// A mapping whose fields nobody looks at.
constexpr StructType kOpaque{};

constexpr std::array kManagedFieldsEntryFields{
    text("apiVersion"), text("fieldsType"),  anything("fieldsV1"), text("manager"),
    text("operation"),  text("subresource"), time("time"),
};
constexpr StructType kManagedFieldsEntry{kManagedFieldsEntryFields};

constexpr std::array kOwnerReferenceFields{
    text("apiVersion"),    boolean("blockOwnerDeletion"),
    boolean("controller"), text("kind"),
    text("name"),          text("uid"),
};
constexpr StructType kOwnerReference{kOwnerReferenceFields};

constexpr std::array kObjectMetaFields{
    map(text("annotations")).as(StringForm::Annotation),
    time("creationTimestamp"),
    int64("deletionGracePeriodSeconds"),
    time("deletionTimestamp"),
    list(text("finalizers")),
    text("generateName"),
    int64("generation"),
    map(text("labels")).as(StringForm::Label),
    structs("managedFields", kManagedFieldsEntry),
    text("name").required().as(StringForm::PodName),
    text("namespace").as(StringForm::DnsLabel),
    structs("ownerReferences", kOwnerReference),
    text("resourceVersion"),
    text("selfLink"),
    text("uid"),
};
constexpr StructType kObjectMeta{kObjectMetaFields};

constexpr std::array kNodeSelectorRequirementFields{
    text("key"),
    text("operator"),
    list(text("values")),
};
constexpr StructType kNodeSelectorRequirement{kNodeSelectorRequirementFields};

constexpr std::array kNodeSelectorTermFields{
    structs("matchExpressions", kNodeSelectorRequirement),
    structs("matchFields", kNodeSelectorRequirement),
};
constexpr StructType kNodeSelectorTerm{kNodeSelectorTermFields};

constexpr std::array kPreferredSchedulingTermFields{
    one("preference", kNodeSelectorTerm),
    int32("weight"),
};
constexpr StructType kPreferredSchedulingTerm{kPreferredSchedulingTermFields};

constexpr std::array kNodeSelectorFields{
    structs("nodeSelectorTerms", kNodeSelectorTerm),
};
constexpr StructType kNodeSelector{kNodeSelectorFields};

constexpr std::array kNodeAffinityFields{
    structs("preferredDuringSchedulingIgnoredDuringExecution", kPreferredSchedulingTerm),
    one("requiredDuringSchedulingIgnoredDuringExecution", kNodeSelector),
};
constexpr StructType kNodeAffinity{kNodeAffinityFields};

constexpr std::array kLabelSelectorRequirementFields{
    text("key"),
    text("operator"),
    list(text("values")),
};
constexpr StructType kLabelSelectorRequirement{kLabelSelectorRequirementFields};

constexpr std::array kLabelSelectorFields{
    structs("matchExpressions", kLabelSelectorRequirement),
    map(text("matchLabels")),
};
constexpr StructType kLabelSelector{kLabelSelectorFields};

constexpr std::array kPodAffinityTermFields{
    one("labelSelector", kLabelSelector),
    list(text("matchLabelKeys")),
    list(text("mismatchLabelKeys")),
    one("namespaceSelector", kLabelSelector),
    list(text("namespaces")),
    text("topologyKey"),
};
constexpr StructType kPodAffinityTerm{kPodAffinityTermFields};

constexpr std::array kWeightedPodAffinityTermFields{
    one("podAffinityTerm", kPodAffinityTerm),
    int32("weight"),
};
constexpr StructType kWeightedPodAffinityTerm{kWeightedPodAffinityTermFields};

constexpr std::array kPodAffinityFields{
    structs("preferredDuringSchedulingIgnoredDuringExecution", kWeightedPodAffinityTerm),
    structs("requiredDuringSchedulingIgnoredDuringExecution", kPodAffinityTerm),
};
constexpr StructType kPodAffinity{kPodAffinityFields};

constexpr std::array kPodAntiAffinityFields{
    structs("preferredDuringSchedulingIgnoredDuringExecution", kWeightedPodAffinityTerm),
    structs("requiredDuringSchedulingIgnoredDuringExecution", kPodAffinityTerm),
};
constexpr StructType kPodAntiAffinity{kPodAntiAffinityFields};

constexpr std::array kAffinityFields{
    one("nodeAffinity", kNodeAffinity),
    one("podAffinity", kPodAffinity),
    one("podAntiAffinity", kPodAntiAffinity),
};
constexpr StructType kAffinity{kAffinityFields};

constexpr std::array kConfigMapKeySelectorFields{
    text("key").required(),
    text("name").required().refers_to("a ConfigMap"),
    boolean("optional"),
};
constexpr StructType kConfigMapKeySelector{kConfigMapKeySelectorFields};

constexpr std::array kObjectFieldSelectorFields{
    text("apiVersion"),
    text("fieldPath").required().as(StringForm::FieldPath),
};
constexpr StructType kObjectFieldSelector{kObjectFieldSelectorFields};

constexpr std::array kFileKeySelectorFields{
    text("key"),
    boolean("optional"),
    text("path"),
    text("volumeName"),
};
constexpr StructType kFileKeySelector{kFileKeySelectorFields};

constexpr std::array kResourceFieldSelectorFields{
    text("containerName"),
    quantity("divisor"),
    text("resource").required(),
};
constexpr StructType kResourceFieldSelector{kResourceFieldSelectorFields};

constexpr std::array kSecretKeySelectorFields{
    text("key").required(),
    text("name").required().refers_to("a Secret"),
    boolean("optional"),
};
constexpr StructType kSecretKeySelector{kSecretKeySelectorFields};

constexpr std::array kEnvVarSourceFields{
    one("configMapKeyRef", kConfigMapKeySelector), one("fieldRef", kObjectFieldSelector),
    one("fileKeyRef", kFileKeySelector).from(34),  one("resourceFieldRef", kResourceFieldSelector),
    one("secretKeyRef", kSecretKeySelector),
};
constexpr StructType kEnvVarSource{kEnvVarSourceFields, StructRule::EnvVarSource};

constexpr std::array kEnvVarFields{
    text("name").required().as(StringForm::EnvName),
    text("value"),
    one("valueFrom", kEnvVarSource),
};
constexpr StructType kEnvVar{kEnvVarFields, StructRule::EnvVar};

constexpr std::array kConfigMapEnvSourceFields{
    text("name").required().refers_to("a ConfigMap"),
    boolean("optional"),
};
constexpr StructType kConfigMapEnvSource{kConfigMapEnvSourceFields};

constexpr std::array kSecretEnvSourceFields{
    text("name").required().refers_to("a Secret"),
    boolean("optional"),
};
constexpr StructType kSecretEnvSource{kSecretEnvSourceFields};

constexpr std::array kEnvFromSourceFields{
    one("configMapRef", kConfigMapEnvSource),
    text("prefix"),
    one("secretRef", kSecretEnvSource),
};
constexpr StructType kEnvFromSource{kEnvFromSourceFields};

constexpr std::array kExecActionFields{
    list(text("command")).required(),
};
constexpr StructType kExecAction{kExecActionFields};

constexpr std::array kHTTPHeaderFields{
    text("name").required(),
    text("value"),
};
constexpr StructType kHTTPHeader{kHTTPHeaderFields};

constexpr std::array kHTTPGetActionFields{
    text("host"),
    structs("httpHeaders", kHTTPHeader),
    text("path"),
    port("port").required().as(StringForm::Port),
    text("scheme").one_of("|HTTP|HTTPS"),
};
constexpr StructType kHTTPGetAction{kHTTPGetActionFields};

constexpr std::array kSleepActionFields{
    int64("seconds"),
};
constexpr StructType kSleepAction{kSleepActionFields};

constexpr std::array kTCPSocketActionFields{
    text("host"),
    port("port").required().as(StringForm::Port),
};
constexpr StructType kTCPSocketAction{kTCPSocketActionFields};

constexpr std::array kLifecycleHandlerFields{
    one("exec", kExecAction),
    one("httpGet", kHTTPGetAction),
    one("sleep", kSleepAction).from(29),
    one("tcpSocket", kTCPSocketAction),
};
constexpr StructType kLifecycleHandler{kLifecycleHandlerFields, StructRule::LifecycleHandler};

constexpr std::array kLifecycleFields{
    one("postStart", kLifecycleHandler),
    one("preStop", kLifecycleHandler),
    text("stopSignal").from(33),
};
constexpr StructType kLifecycle{kLifecycleFields};

constexpr std::array kGRPCActionFields{
    int32("port").required().within(1, 65535),
    text("service"),
};
constexpr StructType kGRPCAction{kGRPCActionFields};

constexpr std::array kProbeFields{
    one("exec", kExecAction),
    int32("failureThreshold").within(0, kMaxInt32),
    one("grpc", kGRPCAction).from(23),
    one("httpGet", kHTTPGetAction),
    int32("initialDelaySeconds").within(0, kMaxInt32),
    int32("periodSeconds").within(0, kMaxInt32),
    int32("successThreshold").within(0, kMaxInt32),
    one("tcpSocket", kTCPSocketAction),
    int64("terminationGracePeriodSeconds").from(21).within(1, kMaxInt64),
    int32("timeoutSeconds").within(0, kMaxInt32),
};
constexpr StructType kProbe{kProbeFields, StructRule::Probe};

constexpr std::array kContainerPortFields{
    int32("containerPort").required().within(1, 65535),
    text("hostIP"),
    int32("hostPort").within(0, 65535),
    text("name").as(StringForm::PortName),
    text("protocol").one_of("|TCP|UDP|SCTP"),
};
constexpr StructType kContainerPort{kContainerPortFields};

constexpr std::array kContainerResizePolicyFields{
    text("resourceName"),
    text("restartPolicy"),
};
constexpr StructType kContainerResizePolicy{kContainerResizePolicyFields};

constexpr std::array kCoreResourceClaimFields{
    text("name"),
    text("request"),
};
constexpr StructType kCoreResourceClaim{kCoreResourceClaimFields};

constexpr std::array kResourceRequirementsFields{
    structs("claims", kCoreResourceClaim).from(26),
    map(quantity("limits")),
    map(quantity("requests")),
};
constexpr StructType kResourceRequirements{kResourceRequirementsFields, StructRule::Resources};

constexpr std::array kContainerRestartRuleOnExitCodesFields{
    text("operator"),
    list(int32("values")),
};
constexpr StructType kContainerRestartRuleOnExitCodes{kContainerRestartRuleOnExitCodesFields};

constexpr std::array kContainerRestartRuleFields{
    text("action"),
    one("exitCodes", kContainerRestartRuleOnExitCodes),
};
constexpr StructType kContainerRestartRule{kContainerRestartRuleFields};

constexpr std::array kAppArmorProfileFields{
    text("localhostProfile"),
    text("type").required().one_of("RuntimeDefault|Unconfined|Localhost"),
};
constexpr StructType kAppArmorProfile{kAppArmorProfileFields, StructRule::Profile};

constexpr std::array kCapabilitiesFields{
    list(text("add")),
    list(text("drop")),
};
constexpr StructType kCapabilities{kCapabilitiesFields};

constexpr std::array kSELinuxOptionsFields{
    text("level"),
    text("role"),
    text("type"),
    text("user"),
};
constexpr StructType kSELinuxOptions{kSELinuxOptionsFields};

constexpr std::array kSeccompProfileFields{
    text("localhostProfile"),
    text("type").required().one_of("RuntimeDefault|Unconfined|Localhost"),
};
constexpr StructType kSeccompProfile{kSeccompProfileFields, StructRule::Profile};

constexpr std::array kWindowsSecurityContextOptionsFields{
    text("gmsaCredentialSpec"),
    text("gmsaCredentialSpecName"),
    boolean("hostProcess"),
    text("runAsUserName"),
};
constexpr StructType kWindowsSecurityContextOptions{kWindowsSecurityContextOptionsFields};

constexpr std::array kSecurityContextFields{
    boolean("allowPrivilegeEscalation"),
    one("appArmorProfile", kAppArmorProfile).from(30),
    one("capabilities", kCapabilities),
    boolean("privileged"),
    text("procMount").from(12).one_of("Default|Unmasked"),
    boolean("readOnlyRootFilesystem"),
    int64("runAsGroup").within(0, kMaxInt32),
    boolean("runAsNonRoot"),
    int64("runAsUser").within(0, kMaxInt32),
    one("seLinuxOptions", kSELinuxOptions),
    one("seccompProfile", kSeccompProfile).from(19),
    one("windowsOptions", kWindowsSecurityContextOptions),
};
constexpr StructType kSecurityContext{kSecurityContextFields, StructRule::SecurityContext};

constexpr std::array kVolumeDeviceFields{
    text("devicePath"),
    text("name"),
};
constexpr StructType kVolumeDevice{kVolumeDeviceFields};

constexpr std::array kVolumeMountFields{
    text("mountPath").required(),
    text("mountPropagation").one_of("None|HostToContainer|Bidirectional"),
    text("name").required(),
    boolean("readOnly"),
    text("recursiveReadOnly").from(30).one_of("Disabled|IfPossible|Enabled"),
    text("subPath").as(StringForm::LocalPath),
    text("subPathExpr").as(StringForm::LocalPath),
};
constexpr StructType kVolumeMount{kVolumeMountFields, StructRule::VolumeMount};

constexpr std::array kContainerFields{
    list(text("args")),
    list(text("command")),
    structs("env", kEnvVar),
    structs("envFrom", kEnvFromSource),
    text("image").required().as(StringForm::Image),
    text("imagePullPolicy").one_of("|Always|IfNotPresent|Never"),
    one("lifecycle", kLifecycle),
    one("livenessProbe", kProbe),
    text("name").required().as(StringForm::DnsLabel),
    structs("ports", kContainerPort),
    one("readinessProbe", kProbe),
    structs("resizePolicy", kContainerResizePolicy).from(27),
    one("resources", kResourceRequirements),
    text("restartPolicy").from(28),
    structs("restartPolicyRules", kContainerRestartRule).from(34),
    one("securityContext", kSecurityContext),
    one("startupProbe", kProbe).from(16),
    boolean("stdin"),
    boolean("stdinOnce"),
    text("terminationMessagePath"),
    text("terminationMessagePolicy").one_of("|File|FallbackToLogsOnError"),
    boolean("tty"),
    structs("volumeDevices", kVolumeDevice),
    structs("volumeMounts", kVolumeMount),
    text("workingDir"),
};
constexpr StructType kContainer{kContainerFields, StructRule::Container};

constexpr std::array kPodDNSConfigOptionFields{
    text("name"),
    text("value"),
};
constexpr StructType kPodDNSConfigOption{kPodDNSConfigOptionFields};

constexpr std::array kPodDNSConfigFields{
    list(text("nameservers")),
    structs("options", kPodDNSConfigOption),
    list(text("searches")),
};
constexpr StructType kPodDNSConfig{kPodDNSConfigFields};

constexpr std::array kHostAliasFields{
    list(text("hostnames")),
    text("ip"),
};
constexpr StructType kHostAlias{kHostAliasFields};

constexpr std::array kLocalObjectReferenceFields{
    text("name").refers_to("a Secret"),
};
constexpr StructType kLocalObjectReference{kLocalObjectReferenceFields};

constexpr std::array kPodOSFields{
    text("name"),
};
constexpr StructType kPodOS{kPodOSFields};

constexpr std::array kPodReadinessGateFields{
    text("conditionType"),
};
constexpr StructType kPodReadinessGate{kPodReadinessGateFields};

constexpr std::array kPodResourceClaimFields{
    text("name"),
    text("resourceClaimName"),
    text("resourceClaimTemplateName"),
};
constexpr StructType kPodResourceClaim{kPodResourceClaimFields};

constexpr std::array kPodSchedulingGateFields{
    text("name"),
};
constexpr StructType kPodSchedulingGate{kPodSchedulingGateFields};

constexpr std::array kPodSchedulingGroupFields{
    text("podGroupName"),
};
constexpr StructType kPodSchedulingGroup{kPodSchedulingGroupFields};

constexpr std::array kSysctlFields{
    text("name"),
    text("value"),
};
constexpr StructType kSysctl{kSysctlFields};

constexpr std::array kPodSecurityContextFields{
    one("appArmorProfile", kAppArmorProfile).from(30),
    int64("fsGroup").within(0, kMaxInt32),
    text("fsGroupChangePolicy").from(18).one_of("Always|OnRootMismatch"),
    int64("runAsGroup").within(0, kMaxInt32),
    boolean("runAsNonRoot"),
    int64("runAsUser").within(0, kMaxInt32),
    text("seLinuxChangePolicy").from(32),
    one("seLinuxOptions", kSELinuxOptions),
    one("seccompProfile", kSeccompProfile).from(19),
    list(int64("supplementalGroups")).within(0, kMaxInt32),
    text("supplementalGroupsPolicy").from(31),
    structs("sysctls", kSysctl),
    one("windowsOptions", kWindowsSecurityContextOptions),
};
constexpr StructType kPodSecurityContext{kPodSecurityContextFields};

constexpr std::array kTolerationFields{
    text("effect").one_of("|NoSchedule|PreferNoSchedule|NoExecute"),
    text("key"),
    text("operator").one_of("|Equal|Exists|Lt|Gt"),
    int64("tolerationSeconds"),
    text("value"),
};
constexpr StructType kToleration{kTolerationFields, StructRule::Toleration};

constexpr std::array kTopologySpreadConstraintFields{
    one("labelSelector", kLabelSelector),
    list(text("matchLabelKeys")),
    int32("maxSkew"),
    int32("minDomains"),
    text("nodeAffinityPolicy"),
    text("nodeTaintsPolicy"),
    text("topologyKey"),
    text("whenUnsatisfiable"),
};
constexpr StructType kTopologySpreadConstraint{kTopologySpreadConstraintFields};

constexpr std::array kAWSElasticBlockStoreVolumeSourceFields{
    text("fsType"),
    int32("partition"),
    boolean("readOnly"),
    text("volumeID"),
};
constexpr StructType kAWSElasticBlockStoreVolumeSource{kAWSElasticBlockStoreVolumeSourceFields};

constexpr std::array kAzureDiskVolumeSourceFields{
    text("cachingMode"), text("diskName"), text("diskURI"),
    text("fsType"),      text("kind"),     boolean("readOnly"),
};
constexpr StructType kAzureDiskVolumeSource{kAzureDiskVolumeSourceFields};

constexpr std::array kAzureFileVolumeSourceFields{
    boolean("readOnly"),
    text("secretName"),
    text("shareName"),
};
constexpr StructType kAzureFileVolumeSource{kAzureFileVolumeSourceFields};

constexpr std::array kCephFSVolumeSourceFields{
    list(text("monitors")),
    text("path"),
    boolean("readOnly"),
    text("secretFile"),
    one("secretRef", kLocalObjectReference),
    text("user"),
};
constexpr StructType kCephFSVolumeSource{kCephFSVolumeSourceFields};

constexpr std::array kCinderVolumeSourceFields{
    text("fsType"),
    boolean("readOnly"),
    one("secretRef", kLocalObjectReference),
    text("volumeID"),
};
constexpr StructType kCinderVolumeSource{kCinderVolumeSourceFields};

constexpr std::array kKeyToPathFields{
    text("key").required(),
    int32("mode").within(0, 0777),
    text("path").required().as(StringForm::LocalPath),
};
constexpr StructType kKeyToPath{kKeyToPathFields};

constexpr std::array kConfigMapVolumeSourceFields{
    int32("defaultMode").within(0, 0777),
    structs("items", kKeyToPath),
    text("name").required(),
    boolean("optional"),
};
constexpr StructType kConfigMapVolumeSource{kConfigMapVolumeSourceFields};

constexpr std::array kCSIVolumeSourceFields{
    text("driver"),
    text("fsType"),
    one("nodePublishSecretRef", kLocalObjectReference),
    boolean("readOnly"),
    map(text("volumeAttributes")),
};
constexpr StructType kCSIVolumeSource{kCSIVolumeSourceFields};

constexpr std::array kDownwardAPIVolumeFileFields{
    one("fieldRef", kObjectFieldSelector),
    int32("mode").within(0, 0777),
    text("path").required().as(StringForm::LocalPath),
    one("resourceFieldRef", kResourceFieldSelector),
};
constexpr StructType kDownwardAPIVolumeFile{kDownwardAPIVolumeFileFields};

constexpr std::array kDownwardAPIVolumeSourceFields{
    int32("defaultMode").within(0, 0777),
    structs("items", kDownwardAPIVolumeFile),
};
constexpr StructType kDownwardAPIVolumeSource{kDownwardAPIVolumeSourceFields};

constexpr std::array kEmptyDirVolumeSourceFields{
    text("medium"),
    quantity("sizeLimit"),
};
constexpr StructType kEmptyDirVolumeSource{kEmptyDirVolumeSourceFields};

constexpr std::array kEphemeralVolumeSourceFields{
    one("volumeClaimTemplate", kOpaque),
};
constexpr StructType kEphemeralVolumeSource{kEphemeralVolumeSourceFields};

constexpr std::array kFCVolumeSourceFields{
    text("fsType"),           int32("lun"),        boolean("readOnly"),
    list(text("targetWWNs")), list(text("wwids")),
};
constexpr StructType kFCVolumeSource{kFCVolumeSourceFields};

constexpr std::array kFlexVolumeSourceFields{
    text("driver"),
    text("fsType"),
    map(text("options")),
    boolean("readOnly"),
    one("secretRef", kLocalObjectReference),
};
constexpr StructType kFlexVolumeSource{kFlexVolumeSourceFields};

constexpr std::array kFlockerVolumeSourceFields{
    text("datasetName"),
    text("datasetUUID"),
};
constexpr StructType kFlockerVolumeSource{kFlockerVolumeSourceFields};

constexpr std::array kGCEPersistentDiskVolumeSourceFields{
    text("fsType"),
    int32("partition"),
    text("pdName"),
    boolean("readOnly"),
};
constexpr StructType kGCEPersistentDiskVolumeSource{kGCEPersistentDiskVolumeSourceFields};

constexpr std::array kGitRepoVolumeSourceFields{
    text("directory"),
    text("repository"),
    text("revision"),
};
constexpr StructType kGitRepoVolumeSource{kGitRepoVolumeSourceFields};

constexpr std::array kGlusterfsVolumeSourceFields{
    text("endpoints"),
    text("path"),
    boolean("readOnly"),
};
constexpr StructType kGlusterfsVolumeSource{kGlusterfsVolumeSourceFields};

constexpr std::array kHostPathVolumeSourceFields{
    text("path"),
    text("type"),
};
constexpr StructType kHostPathVolumeSource{kHostPathVolumeSourceFields};

constexpr std::array kImageVolumeSourceFields{
    text("pullPolicy"),
    text("reference"),
};
constexpr StructType kImageVolumeSource{kImageVolumeSourceFields};

constexpr std::array kISCSIVolumeSourceFields{
    boolean("chapAuthDiscovery"),
    boolean("chapAuthSession"),
    text("fsType"),
    text("initiatorName"),
    text("iqn"),
    text("iscsiInterface"),
    int32("lun"),
    list(text("portals")),
    boolean("readOnly"),
    one("secretRef", kLocalObjectReference),
    text("targetPortal"),
};
constexpr StructType kISCSIVolumeSource{kISCSIVolumeSourceFields};

constexpr std::array kNFSVolumeSourceFields{
    text("path").required(),
    boolean("readOnly"),
    text("server").required(),
};
constexpr StructType kNFSVolumeSource{kNFSVolumeSourceFields};

constexpr std::array kPersistentVolumeClaimVolumeSourceFields{
    text("claimName").required(),
    boolean("readOnly"),
};
constexpr StructType kPersistentVolumeClaimVolumeSource{kPersistentVolumeClaimVolumeSourceFields};

constexpr std::array kPhotonPersistentDiskVolumeSourceFields{
    text("fsType"),
    text("pdID"),
};
constexpr StructType kPhotonPersistentDiskVolumeSource{kPhotonPersistentDiskVolumeSourceFields};

constexpr std::array kPortworxVolumeSourceFields{
    text("fsType"),
    boolean("readOnly"),
    text("volumeID"),
};
constexpr StructType kPortworxVolumeSource{kPortworxVolumeSourceFields};

constexpr std::array kClusterTrustBundleProjectionFields{
    one("labelSelector", kLabelSelector),
    text("name"),
    boolean("optional"),
    text("path"),
    text("signerName"),
};
constexpr StructType kClusterTrustBundleProjection{kClusterTrustBundleProjectionFields};

constexpr std::array kConfigMapProjectionFields{
    structs("items", kKeyToPath),
    text("name").required(),
    boolean("optional"),
};
constexpr StructType kConfigMapProjection{kConfigMapProjectionFields};

constexpr std::array kDownwardAPIProjectionFields{
    structs("items", kDownwardAPIVolumeFile),
};
constexpr StructType kDownwardAPIProjection{kDownwardAPIProjectionFields};

constexpr std::array kPodCertificateProjectionFields{
    text("certificateChainPath"),
    text("credentialBundlePath"),
    text("keyPath"),
    text("keyType"),
    int32("maxExpirationSeconds"),
    text("signerName"),
    map(text("userAnnotations")),
};
constexpr StructType kPodCertificateProjection{kPodCertificateProjectionFields};

constexpr std::array kSecretProjectionFields{
    structs("items", kKeyToPath),
    text("name").required(),
    boolean("optional"),
};
constexpr StructType kSecretProjection{kSecretProjectionFields};

constexpr std::array kServiceAccountTokenProjectionFields{
    text("audience"),
    int64("expirationSeconds"),
    text("path"),
};
constexpr StructType kServiceAccountTokenProjection{kServiceAccountTokenProjectionFields};

constexpr std::array kVolumeProjectionFields{
    one("clusterTrustBundle", kClusterTrustBundleProjection)
        .from(29)
        .refers_to("a ClusterTrustBundle", 32),
    one("configMap", kConfigMapProjection).refers_to("a ConfigMap"),
    one("downwardAPI", kDownwardAPIProjection),
    one("podCertificate", kPodCertificateProjection).from(34).refers_to("a PodCertificateRequest"),
    one("secret", kSecretProjection).refers_to("a Secret"),
    one("serviceAccountToken", kServiceAccountTokenProjection).refers_to("a ServiceAccount"),
};
constexpr StructType kVolumeProjection{kVolumeProjectionFields};

constexpr std::array kProjectedVolumeSourceFields{
    int32("defaultMode").within(0, 0777),
    structs("sources", kVolumeProjection),
};
constexpr StructType kProjectedVolumeSource{kProjectedVolumeSourceFields};

constexpr std::array kQuobyteVolumeSourceFields{
    text("group"),  boolean("readOnly"), text("registry"),
    text("tenant"), text("user"),        text("volume"),
};
constexpr StructType kQuobyteVolumeSource{kQuobyteVolumeSourceFields};

constexpr std::array kRBDVolumeSourceFields{
    text("fsType"),
    text("image"),
    text("keyring"),
    list(text("monitors")),
    text("pool"),
    boolean("readOnly"),
    one("secretRef", kLocalObjectReference),
    text("user"),
};
constexpr StructType kRBDVolumeSource{kRBDVolumeSourceFields};

constexpr std::array kScaleIOVolumeSourceFields{
    text("fsType"),
    text("gateway"),
    text("protectionDomain"),
    boolean("readOnly"),
    one("secretRef", kLocalObjectReference),
    boolean("sslEnabled"),
    text("storageMode"),
    text("storagePool"),
    text("system"),
    text("volumeName"),
};
constexpr StructType kScaleIOVolumeSource{kScaleIOVolumeSourceFields};

constexpr std::array kSecretVolumeSourceFields{
    int32("defaultMode").within(0, 0777),
    structs("items", kKeyToPath),
    boolean("optional"),
    text("secretName").required(),
};
constexpr StructType kSecretVolumeSource{kSecretVolumeSourceFields};

constexpr std::array kStorageOSVolumeSourceFields{
    text("fsType"),     boolean("readOnly"),     one("secretRef", kLocalObjectReference),
    text("volumeName"), text("volumeNamespace"),
};
constexpr StructType kStorageOSVolumeSource{kStorageOSVolumeSourceFields};

constexpr std::array kVsphereVirtualDiskVolumeSourceFields{
    text("fsType"),
    text("storagePolicyID"),
    text("storagePolicyName"),
    text("volumePath"),
};
constexpr StructType kVsphereVirtualDiskVolumeSource{kVsphereVirtualDiskVolumeSourceFields};

constexpr std::array kVolumeFields{
    one("awsElasticBlockStore", kAWSElasticBlockStoreVolumeSource),
    one("azureDisk", kAzureDiskVolumeSource),
    one("azureFile", kAzureFileVolumeSource).refers_to("a Secret"),
    one("cephfs", kCephFSVolumeSource),
    one("cinder", kCinderVolumeSource),
    one("configMap", kConfigMapVolumeSource).refers_to("a ConfigMap"),
    one("csi", kCSIVolumeSource).refers_to("a CSIDriver"),
    one("downwardAPI", kDownwardAPIVolumeSource),
    one("emptyDir", kEmptyDirVolumeSource),
    one("ephemeral", kEphemeralVolumeSource).from(19).refers_to("a PersistentVolumeClaim"),
    one("fc", kFCVolumeSource),
    one("flexVolume", kFlexVolumeSource),
    one("flocker", kFlockerVolumeSource),
    one("gcePersistentDisk", kGCEPersistentDiskVolumeSource),
    one("gitRepo", kGitRepoVolumeSource),
    one("glusterfs", kGlusterfsVolumeSource).refers_to("an Endpoints object"),
    one("hostPath", kHostPathVolumeSource),
    one("image", kImageVolumeSource).from(31),
    one("iscsi", kISCSIVolumeSource),
    text("name"),
    one("nfs", kNFSVolumeSource),
    one("persistentVolumeClaim", kPersistentVolumeClaimVolumeSource)
        .refers_to("a PersistentVolumeClaim"),
    one("photonPersistentDisk", kPhotonPersistentDiskVolumeSource),
    one("portworxVolume", kPortworxVolumeSource),
    one("projected", kProjectedVolumeSource),
    one("quobyte", kQuobyteVolumeSource),
    one("rbd", kRBDVolumeSource),
    one("scaleIO", kScaleIOVolumeSource),
    one("secret", kSecretVolumeSource).refers_to("a Secret"),
    one("storageos", kStorageOSVolumeSource),
    one("vsphereVolume", kVsphereVirtualDiskVolumeSource),
};
constexpr StructType kVolume{kVolumeFields, StructRule::Volume};

constexpr std::array kPodSpecFields{
    int64("activeDeadlineSeconds").within(1, kMaxInt32),
    one("affinity", kAffinity),
    boolean("automountServiceAccountToken"),
    structs("containers", kContainer).required(),
    one("dnsConfig", kPodDNSConfig),
    text("dnsPolicy").one_of("|ClusterFirst|ClusterFirstWithHostNet|Default|None"),
    boolean("enableServiceLinks"),
    structs("ephemeralContainers", kOpaque),
    structs("hostAliases", kHostAlias),
    boolean("hostIPC"),
    boolean("hostNetwork"),
    boolean("hostPID"),
    boolean("hostUsers"),
    text("hostname").as(StringForm::DnsLabel),
    text("hostnameOverride").from(34),
    structs("imagePullSecrets", kLocalObjectReference),
    structs("initContainers", kContainer),
    text("nodeName"),
    map(text("nodeSelector")).as(StringForm::Label),
    one("os", kPodOS),
    map(quantity("overhead")),
    text("preemptionPolicy"),
    int32("priority"),
    text("priorityClassName").as(StringForm::DnsSubdomain),
    structs("readinessGates", kPodReadinessGate),
    structs("resourceClaims", kPodResourceClaim).from(26).refers_to("a ResourceClaim", 32),
    one("resources", kResourceRequirements).from(32),
    text("restartPolicy").one_of("|Always|OnFailure|Never"),
    text("runtimeClassName"),
    text("schedulerName"),
    structs("schedulingGates", kPodSchedulingGate),
    one("schedulingGroup", kPodSchedulingGroup).from(36),
    one("securityContext", kPodSecurityContext),
    text("serviceAccount").refers_to("a ServiceAccount"),
    text("serviceAccountName").refers_to("a ServiceAccount"),
    boolean("setHostnameAsFQDN"),
    boolean("shareProcessNamespace"),
    text("subdomain").as(StringForm::DnsLabel),
    int64("terminationGracePeriodSeconds"),
    structs("tolerations", kToleration),
    structs("topologySpreadConstraints", kTopologySpreadConstraint),
    structs("volumes", kVolume),
};
constexpr StructType kPodSpec{kPodSpecFields, StructRule::PodSpec};

constexpr std::array kPodFields{
    text("apiVersion").required().one_of("v1"),
    text("kind").required().one_of("Pod"),
    one("metadata", kObjectMeta).required(),
    one("spec", kPodSpec).required(),
    one("status", kOpaque),
};
constexpr StructType kPod{kPodFields};

}  // namespace

const StructType& object_meta_type() {
  return kObjectMeta;
}

const StructType& pod_type() {
  return kPod;
}

const StructType& container_type() {
  return kContainer;
}

}  // namespace kaudit::kube
