#include "audit/presets.h"

#include <algorithm>
#include <array>

namespace kaudit::audit {
namespace {

constexpr std::string_view kMinimal = R"(# Audit policy: minimal
#
# Who asked for what, when, from where, and with which answer, for every
# request. No bodies, so nothing secret gets into the log. It is complete, but
# not quiet: health checks and heartbeats are recorded, too.
apiVersion: audit.k8s.io/v1
kind: Policy

# A request is recorded when it is answered. An event at its arrival as well
# would double the log and say nothing more.
omitStages:
  - RequestReceived

rules:
  # Everything.
  - level: Metadata
)";

constexpr std::string_view kRecommended = R"(# Audit policy: recommended
#
# Changes with their contents, everything else as metadata, and nothing of what
# the cluster does by itself all day. Never the contents of Secrets, ConfigMaps
# and tokens.
#
# The first rule that matches a request decides, so the order is part of the
# policy: quiet rules for what is harmless, then what must never be recorded
# with its contents, and only then what should be.
apiVersion: audit.k8s.io/v1
kind: Policy

# A request is recorded when it is answered. An event at its arrival as well
# would double the log and say nothing more.
omitStages:
  - RequestReceived

# Who changed which field last is bookkeeping of the API server, often larger
# than the object itself.
omitManagedFields: true

rules:
  # ---- Quiet: what happens every few seconds and tells nothing ----

  # Health checks of kubelets and load balancers, mostly anonymous. Only these
  # paths: any other URL that a stranger asks for is worth knowing.
  - level: None
    verbs: ["get", "head"]
    nonResourceURLs:
      - /healthz
      - /healthz/*
      - /livez
      - /livez/*
      - /readyz
      - /readyz/*

  # Heartbeats of nodes and leader election, several a second. Creating and
  # deleting a lease is rare and stays recorded; so are strangers without a
  # login, here and below.
  - level: None
    userGroups: ["system:authenticated"]
    verbs: ["get", "list", "watch", "update", "patch"]
    resources:
      - group: coordination.k8s.io
        resources: ["leases"]

  # Events are a log of their own, written in both API groups. Deleting them
  # stays recorded, because it removes traces.
  - level: None
    userGroups: ["system:authenticated"]
    verbs: ["get", "list", "watch", "create", "update", "patch"]
    resources:
      - group: ""
        resources: ["events"]
      - group: events.k8s.io
        resources: ["events"]

  # ---- Never with contents: what they hold opens doors ----

  # Secrets and, because many keep passwords there, ConfigMaps. A token that is
  # issued for a service account stands in the response, a token that is
  # reviewed in the request. This comes before the quiet rules for the control
  # plane, so that its reading of Secrets stays recorded.
  - level: Metadata
    resources:
      - group: ""
        resources: ["secrets", "configmaps", "serviceaccounts/token"]
      - group: authentication.k8s.io
        resources: ["tokenreviews"]

  # ---- Quiet: how the control plane keeps itself informed ----

  # Its watches, renewed every few minutes for every kind of object.
  - level: None
    users:
      - system:apiserver
      - system:kube-controller-manager
      - system:kube-scheduler
      - system:kube-proxy
      - system:serviceaccount:kube-system:kube-proxy
      - system:serviceaccount:kube-system:generic-garbage-collector
      - system:serviceaccount:kube-system:resourcequota-controller
      - system:serviceaccount:kube-system:namespace-controller
    verbs: ["watch"]

  # The same of kubelets, and their look at their own Node every ten seconds.
  - level: None
    userGroups: ["system:nodes"]
    verbs: ["watch"]
  - level: None
    userGroups: ["system:nodes"]
    verbs: ["get"]
    resources:
      - group: ""
        resources: ["nodes"]

  # Which kinds of objects exist: asked for again and again by the controllers
  # that look after all of them.
  - level: None
    users:
      - system:kube-controller-manager
      - system:serviceaccount:kube-system:generic-garbage-collector
      - system:serviceaccount:kube-system:resourcequota-controller
      - system:serviceaccount:kube-system:namespace-controller
    verbs: ["get"]
    nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*"]

  # Metrics of Pods, read every 15 seconds to scale workloads.
  - level: None
    users: ["system:serviceaccount:kube-system:horizontal-pod-autoscaler"]
    verbs: ["list"]
    resources:
      - group: metrics.k8s.io
        resources: ["pods"]

  # ---- Without contents: the control plane writes what it sees ----

  # States and addresses, large and written all the time. From anybody else
  # they are recorded in full, further down: a forged address leads traffic
  # astray.
  - level: Metadata
    userGroups: ["system:nodes", "system:serviceaccounts:kube-system"]
    verbs: ["update", "patch"]
    resources:
      - group: ""
        resources: ["*/status", "endpoints"]
      - group: apps
        resources: ["*/status"]
      - group: autoscaling
        resources: ["*/status"]
      - group: batch
        resources: ["*/status"]
      - group: policy
        resources: ["*/status"]
      - group: discovery.k8s.io
        resources: ["endpointslices"]

  # ---- Always: ways into containers, nodes and networks ----

  # Running commands in containers and opening connections through the API
  # server. There is no body to record; the command stands in the URL. No verbs
  # are named, because clients open such a connection with get or with create.
  - level: Metadata
    resources:
      - group: ""
        resources:
          - pods/exec
          - pods/attach
          - pods/portforward
          - pods/proxy
          - services/proxy
          - nodes/proxy

  # ---- With contents: changes ----

  # Who may do what, and what may intervene in every request. The response
  # tells the whole result where the request was only a patch.
  - level: RequestResponse
    verbs: ["create", "update", "patch", "delete", "deletecollection"]
    resources:
      - group: rbac.authorization.k8s.io
      - group: admissionregistration.k8s.io
      - group: apiregistration.k8s.io

  # A container that is added to a running Pod, to debug it or to get into it.
  - level: RequestResponse
    verbs: ["update", "patch"]
    resources:
      - group: ""
        resources: ["pods/ephemeralcontainers"]

  # What people and controllers change in all other built-in groups. A password
  # that stands in a Pod itself, as the value of a variable, is recorded with
  # it: keep it in a Secret. Groups that are not named here may be custom
  # resources, whose contents nobody can vouch for.
  - level: Request
    verbs: ["create", "update", "patch", "delete", "deletecollection"]
    resources:
      - group: ""
      - group: apiextensions.k8s.io
      - group: apps
      - group: autoscaling
      - group: batch
      - group: certificates.k8s.io
      - group: discovery.k8s.io
      - group: flowcontrol.apiserver.k8s.io
      - group: networking.k8s.io
      - group: node.k8s.io
      - group: policy
      - group: resource.k8s.io
      - group: scheduling.k8s.io
      - group: storage.k8s.io

  # ---- Everything else: reading, custom resources, other URLs ----
  - level: Metadata
)";

constexpr std::string_view kCis = R"(# Audit policy: cis
#
# What the CIS Kubernetes Benchmark asks for in 3.2.1 (there is a policy) and
# 3.2.2 (it covers the key security concerns), one rule for each concern.
# Nothing is left out, so expect a large log on a busy cluster.
apiVersion: audit.k8s.io/v1
kind: Policy

# A request is recorded when it is answered. An event at its arrival as well
# would double the log and say nothing more.
omitStages:
  - RequestReceived

rules:
  # 3.2.2: access to Secrets, ConfigMaps and TokenReviews, as metadata only:
  # their contents must not get into the log. The token that is issued for a
  # service account is as secret.
  - level: Metadata
    resources:
      - group: ""
        resources: ["secrets", "configmaps", "serviceaccounts/token"]
      - group: authentication.k8s.io
        resources: ["tokenreviews"]

  # 3.2.2: use of exec, port forwarding and proxies. attach and the proxy of
  # nodes lead to the same places. There is no body to record; the command
  # stands in the URL. All verbs, because clients begin with get or create.
  - level: Metadata
    resources:
      - group: ""
        resources:
          - pods/exec
          - pods/attach
          - pods/portforward
          - pods/proxy
          - services/proxy
          - nodes/proxy

  # 3.2.2: changes of Pods and Deployments, with what was changed. Debugging
  # containers and the scale of a Deployment are changes of them, too; only the
  # status is left to the last rule.
  - level: Request
    verbs: ["create", "update", "patch", "delete", "deletecollection"]
    resources:
      - group: ""
        resources:
          - pods
          - pods/binding
          - pods/ephemeralcontainers
          - pods/eviction
          - pods/resize
      - group: apps
        resources: ["deployments", "deployments/scale"]

  # 3.2.2: most requests at least as metadata. Here, all of them.
  - level: Metadata
)";

constexpr std::string_view kStig = R"(# Audit policy: stig
#
# The policy that the DISA Kubernetes STIG demands in V-242403: everything with
# all contents.
#
# WARNING: with it, the contents of every Secret and ConfigMap and every token
# that is issued or reviewed stand readable in the audit log, which makes the
# log, its backups and every system that it is sent to as secret as etcd. The
# CIS benchmark (3.2.2) forbids exactly this; no policy can satisfy both. The
# log also grows many times faster than with any other preset.
#
# Use it only where the STIG is binding. `kaudit policy lint` warns of it, and
# is right.
apiVersion: audit.k8s.io/v1
kind: Policy

rules:
  # Everything, at every stage. Nothing may be omitted here: the text of the
  # requirement has this one rule.
  - level: RequestResponse
)";

constexpr std::string_view kTutorial = R"(# Audit policy: tutorial
#
# The four rules that tutorials teach, because they show how rules work: the
# first one that matches decides. Learn from it; do not run it.
#
# What it leaks: the third rule writes the contents of every Secret outside
# kube-system into the log, not only when one is created, but each time one is
# read or listed. Whoever can read the log then has them all.
#
# What it misses: in kube-system, where the most powerful Secrets are, and for
# whoever holds the certificate of the controller manager, reading and changing
# Secrets leaves no trace. A list of the Secrets of all namespaces is not in
# kube-system, so it is recorded, with the contents of kube-system, too.
#
# `kaudit policy lint` warns of the leak. The preset `recommended` has neither.
apiVersion: audit.k8s.io/v1
kind: Policy

rules:
  # Nothing about Secrets in kube-system: the cluster uses its own all the time.
  - level: None
    resources:
      - group: ""
        resources: ["secrets"]
    namespaces: ["kube-system"]

  # Nothing about Secrets that the controller manager handles.
  - level: None
    users: ["system:kube-controller-manager"]
    resources:
      - group: ""
        resources: ["secrets"]

  # All other Secrets with contents, which is the leak.
  - level: RequestResponse
    resources:
      - group: ""
        resources: ["secrets"]

  # Everything else: who did what, without contents.
  - level: Metadata
)";

constexpr std::array<Preset, 5> kPresets{{
    {"minimal", "metadata of every request, and no contents", kMinimal},
    {"recommended", "changes with contents, no secrets, no noise", kRecommended},
    {"cis", "what the CIS benchmark asks for (3.2.1, 3.2.2)", kCis},
    {"stig", "everything with contents, Secrets too, as V-242403 demands", kStig},
    {"tutorial", "the four rules of tutorials, which leak Secrets: to learn from", kTutorial},
}};

}  // namespace

std::span<const Preset> presets() {
  return kPresets;
}

const Preset* find_preset(std::string_view name) {
  const auto* const found = std::ranges::find(kPresets, name, &Preset::name);
  return found == kPresets.end() ? nullptr : found;
}

}  // namespace kaudit::audit
