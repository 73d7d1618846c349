// Requests over HTTP and what they are to an audit policy. The words behind each request re-encode
// results of running NewRequestInfo of Kubernetes 1.20.2.
#pragma once

#include <array>
#include <string_view>

namespace kaudit::audit {

struct AuditedRequest {
  std::string_view method;
  std::string_view uri;
  // "VERB RESOURCE/SUBRESOURCE of GROUP in NAMESPACE named NAME", or "VERB url"; "-" is no verb.
  std::string_view attributes;
};

// Tests of matching name them by their number.
inline constexpr std::array<AuditedRequest, 51> kAuditedRequests{{
    {"GET", "/", "get url"},
    {"GET", "/healthz", "get url"},
    {"GET", "/healthz/etcd", "get url"},
    {"GET", "/livez?verbose", "get url"},
    {"GET", "/version", "get url"},
    {"GET", "/metrics", "get url"},
    {"HEAD", "/healthz", "head url"},
    {"POST", "/logs/x", "post url"},
    {"GET", "/api", "get url"},
    {"GET", "/api/v1", "get url"},
    {"GET", "/apis", "get url"},
    {"GET", "/apis/apps", "get url"},
    {"GET", "/apis/apps/v1", "get url"},
    {"GET", "/openapi/v2", "get url"},
    {"GET", "/api/v1/pods", "list pods"},
    {"GET", "/api/v1/pods?watch=true", "watch pods"},
    {"GET", "/api/v1/pods?watch=1", "watch pods"},
    {"GET", "/api/v1/watch/pods", "watch pods"},
    {"HEAD", "/api/v1/namespaces/d/pods/p", "get pods in d named p"},
    {"GET", "/api/v1/namespaces", "list namespaces"},
    {"POST", "/api/v1/namespaces", "create namespaces"},
    {"GET", "/api/v1/namespaces/kube-system", "get namespaces in kube-system named kube-system"},
    {"PUT", "/api/v1/namespaces/x/finalize", "update namespaces/finalize in x named x"},
    {"PUT", "/api/v1/namespaces/x/status", "update namespaces/status in x named x"},
    {"DELETE", "/api/v1/namespaces/x", "delete namespaces in x named x"},
    {"GET", "/api/v1/namespaces/d/pods", "list pods in d"},
    {"POST", "/api/v1/namespaces/d/pods", "create pods in d"},
    {"DELETE", "/api/v1/namespaces/d/pods", "deletecollection pods in d"},
    {"GET", "/api/v1/namespaces/d/pods/p", "get pods in d named p"},
    {"PATCH", "/api/v1/namespaces/d/pods/p/status", "patch pods/status in d named p"},
    {"GET", "/api/v1/namespaces/d/pods/p/log?follow=true", "get pods/log in d named p"},
    {"POST", "/api/v1/namespaces/d/pods/p/exec?command=sh", "create pods/exec in d named p"},
    {"GET", "/api/v1/namespaces/d/pods/p/exec?command=sh", "get pods/exec in d named p"},
    {"POST", "/api/v1/namespaces/d/pods/p/eviction", "create pods/eviction in d named p"},
    {"POST", "/api/v1/namespaces/d/pods/p/binding", "create pods/binding in d named p"},
    {"POST", "/api/v1/namespaces/d/bindings", "create bindings in d"},
    {"GET", "/api/v1/namespaces/d/pods/p/proxy/a/b", "get pods/proxy in d named p"},
    {"GET", "/api/v1/proxy/namespaces/d/pods/p/x", "proxy pods in d named p"},
    {"GET", "/api/v1/nodes/n/proxy/stats/summary", "get nodes/proxy named n"},
    {"GET", "/api/v1/nodes", "list nodes"},
    {"GET", "/api/v1/namespaces/d/secrets?fieldSelector=metadata.name%3Ds1",
     "list secrets in d named s1"},
    {"GET", "/api/v1/namespaces/d/secrets?watch=true&fieldSelector=metadata.name%3Ds1",
     "watch secrets in d named s1"},
    {"POST", "/api/v1/namespaces/d/serviceaccounts/sa/token",
     "create serviceaccounts/token in d named sa"},
    {"GET", "/apis/apps/v1/namespaces/d/deployments/x/scale",
     "get deployments/scale of apps in d named x"},
    {"PATCH", "/apis/apps/v1/namespaces/d/deployments/x", "patch deployments of apps in d named x"},
    {"POST", "/apis/authentication.k8s.io/v1/tokenreviews",
     "create tokenreviews of authentication.k8s.io"},
    {"POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
     "create subjectaccessreviews of authorization.k8s.io"},
    {"PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval",
     "update certificatesigningrequests/approval of certificates.k8s.io named c"},
    {"GET", "/apis/metrics.k8s.io/v1beta1/nodes", "list nodes of metrics.k8s.io"},
    {"OPTIONS", "/api/v1/pods", "- pods"},
    {"GET", "/api/v1/namespaces/d/services/https:svc:443/proxy/",
     "get services/proxy in d named https:svc:443"},
}};

}  // namespace kaudit::audit
