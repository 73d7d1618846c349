#include "check/check_manifest.h"

#include <fmt/core.h>

#include <algorithm>

#include "audit/flag_table.h"
#include "check/check_api_server.h"
#include "check/check_configuration.h"
#include "check/finding_list.h"
#include "kube/cluster_configuration.h"
#include "kube/manifest.h"
#include "kube/pod_validation.h"
#include "text/excerpt.h"
#include "text/shell_word.h"
#include "yaml/parse.h"

namespace kaudit::check {
namespace {

using text::Result;
using yaml::Document;

// The first document that runs an API server; if there is none, what speaks against the first.
Result<std::size_t> find_document(const Document& document, kube::ApiServer& server) {
  std::optional<text::Error> first_error;
  for (std::size_t i = 0; i == 0 || i < document.roots().size(); ++i) {
    Result<kube::ApiServer> read = kube::read_api_server(document, i, audit::arity_of);
    if (read) {
      server = std::move(*read);
      return i;
    }
    // What a template or script hides may well be an API server.
    const bool tells_more = read.error().kind == text::ErrorKind::Unsupported;
    if (!first_error || (tells_more && first_error->kind != text::ErrorKind::Unsupported))
      first_error = read.error();
  }
  return std::unexpected(*first_error);
}

void check_documents(const Document& document, std::size_t chosen, FindingList& found) {
  const auto add = [&](std::size_t index, std::string_view message, std::string_view consequence,
                       std::string_view fix) -> Finding& {
    const yaml::Node& root = document.node(document.roots()[index]);
    const std::size_t end = std::max<std::size_t>(root.content + 1, root.content);
    return found.add("not-the-first-document",
                     text::Span{root.content, std::min<std::size_t>(end, root.end)},
                     fmt::format("document {}", index + 1), message, consequence, fix);
  };
  if (chosen > 0) {
    const yaml::NodeId first = document.roots().front();
    const bool is_mapping = document.node(first).kind == yaml::Kind::Mapping;
    const auto kind = is_mapping ? document.find(first, "kind") : std::nullopt;
    add(chosen,
        fmt::format("the API server's Pod is document {} of the file, behind {}", chosen + 1,
                    kind ? fmt::format("a {}", document.value(document.resolve(kind->value)))
                         : "one without a kind"),
        "the kubelet reads only the first, and runs no API server",
        "make it the first document, or a file of its own");
  }
  for (std::size_t i = chosen + 1; i < document.roots().size(); ++i) {
    if (!kube::read_api_server(document, i, audit::arity_of)) continue;
    add(i, fmt::format("document {} of the file runs kube-apiserver, too", i + 1),
        "the kubelet reads only the first document", "remove it")
        .severity = Severity::Warning;
  }
}

// An audit flag that extraArgs has twice is a flag that is given twice, and check_flags says so.
bool is_duplicate_flag(const kube::ApiServer& server, const kube::DuplicateKey& duplicate) {
  if (server.kind == kube::DocumentKind::Pod || audit::find_flag(duplicate.key) == nullptr)
    return false;
  return std::any_of(server.arguments.begin(), server.arguments.end(),
                     [&](const kube::Argument& argument) {
                       return duplicate.place.begin <= argument.name.begin &&
                              argument.name.end <= duplicate.place.end;
                     });
}

void check_duplicates(const Document& document, yaml::NodeId root, const kube::ApiServer& server,
                      std::string_view reader, FindingList& found) {
  for (const kube::DuplicateKey& duplicate : kube::duplicate_keys(document, root)) {
    if (is_duplicate_flag(server, duplicate)) continue;
    found
        .add("duplicate-key", duplicate.place, std::string(duplicate.key),
             fmt::format("the key '{}' is given twice", duplicate.key),
             fmt::format("{} reads the last one, and the other is lost", reader),
             "remove one of them")
        .related.push_back({duplicate.first, "the one that is lost"});
  }
}

void check_pod_form(const Document& document, yaml::NodeId pod, const kube::ApiServer& server,
                    const kube::KubernetesVersion& version, FindingList& found) {
  check_duplicates(document, pod, server, "the kubelet", found);
  for (kube::PodFault& fault : kube::validate_pod(document, pod, version)) {
    found.add("kubelet-would-reject", fault.place, std::move(fault.path), std::move(fault.message),
              "the kubelet drops the Pod, and no API server runs", std::move(fault.hint));
  }
}

// What cannot even be decoded has been said.
std::vector<Finding> unsaid(std::vector<Finding> findings,
                            const std::vector<Finding>& of_the_form) {
  std::erase_if(findings, [&](const Finding& finding) {
    return std::any_of(of_the_form.begin(), of_the_form.end(), [&](const Finding& f) {
      const bool undecodable = f.rule == "kubelet-would-reject" ||
                               f.rule == "kubeadm-would-reject" || f.rule == "extra-arg-unquoted";
      return undecodable && f.place && f.place == finding.place;
    });
  });
  return findings;
}

// `kaudit enable` by itself speaks of this node's manifest, and a configuration is none. What came
// through a pipe has no name.
void name_configuration(const CheckedManifest& manifest, Finding& finding) {
  constexpr std::string_view kEnable = "run kaudit enable";
  const std::string& name = manifest.source->name();
  if (manifest.api_server.kind == kube::DocumentKind::Pod || !finding.fix.starts_with(kEnable))
    return;
  if (!name.starts_with('<'))
    finding.fix.insert(kEnable.size(), " --manifest=" + text::shell_word(text::one_line(name)));
  finding.fix.insert(0, manifest.mend_first);
}

// What kubeadm may well read, and an edit could get wrong.
std::string refusal_of_enable(const Document& document) {
  const auto edited = kube::read_cluster_configuration(document, audit::arity_of);
  if (edited) return {};
  return text::one_line(fmt::format("{}; {}, then ", edited.error().message, edited.error().hint));
}

void add_path(const Document& document, Finding& finding) {
  if (!finding.place) return;
  yaml::NodeId node = yaml::node_at(document, *finding.place);
  // A part of a mapping is one of its entries, which begins with its key.
  if (node != yaml::kNoNode && document.node(node).kind == yaml::Kind::Mapping &&
      document.span(node) != *finding.place)
    node = yaml::node_at(document, {finding.place->begin, finding.place->begin + 1});
  if (node != yaml::kNoNode) finding.path = yaml::path_of(document, node);
}

}  // namespace

CheckedManifest check_manifest(std::shared_ptr<const text::SourceText> source,
                               const std::optional<kube::KubernetesVersion>& version,
                               const std::vector<audit::ReferredFile>& webhook_files) {
  CheckedManifest manifest;
  manifest.source = source;
  const auto refuse = [&](text::Error error) {
    error.message = text::one_line(error.message);
    error.hint = text::one_line(error.hint);
    manifest.error = std::move(error);
  };
  Result<Document> document = yaml::parse(std::move(source));
  if (!document) {
    refuse(document.error());
    return manifest;
  }
  manifest.document = std::make_shared<const Document>(std::move(*document));
  const Result<std::size_t> chosen = find_document(*manifest.document, manifest.api_server);
  if (!chosen) {
    refuse(chosen.error());
    return manifest;
  }
  manifest.version = version.value_or(manifest.api_server.version.value_or(kube::kNewestKnown));
  kube::assume_release(manifest.api_server, version);
  FindingList found;
  const yaml::NodeId root = manifest.document->roots()[*chosen];
  if (manifest.api_server.kind == kube::DocumentKind::Pod) {
    check_documents(*manifest.document, *chosen, found);
    check_pod_form(*manifest.document, root, manifest.api_server, manifest.version, found);
  } else {
    check_duplicates(*manifest.document, root, manifest.api_server, "kubeadm warns and", found);
    const bool is_broken = check_configuration(*manifest.document, root, found);
    manifest.mend_first =
        is_broken ? std::string(kMendFirst) : refusal_of_enable(*manifest.document);
  }
  const std::vector<Finding> of_the_form = found.take();
  add_findings(manifest, of_the_form);
  add_findings(
      manifest,
      unsaid(check_api_server(manifest.api_server, manifest.version, webhook_files), of_the_form));
  return manifest;
}

void add_findings(CheckedManifest& manifest, std::vector<Finding> findings) {
  for (Finding& finding : findings) {
    // The manifest alone and the host may show the same.
    const bool said =
        finding.rule == "log-path-is-directory" &&
        std::any_of(manifest.findings.begin(), manifest.findings.end(), [&](const Finding& f) {
          return f.rule == finding.rule && f.place == finding.place;
        });
    if (said) continue;
    if (finding.path.empty()) add_path(*manifest.document, finding);
    name_configuration(manifest, finding);
    manifest.findings.push_back(std::move(finding));
  }
  std::stable_sort(manifest.findings.begin(), manifest.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     const auto at = [](const Finding& f) { return f.place ? f.place->begin : 0; };
                     return at(a) < at(b);
                   });
}

}  // namespace kaudit::check
