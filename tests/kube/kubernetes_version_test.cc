#include "kube/kubernetes_version.h"

#include <gtest/gtest.h>

namespace kaudit::kube {
namespace {

// What a text was read as, "" if as nothing.
std::string read(std::optional<KubernetesVersion> version) {
  return version ? version->text() : "";
}

TEST(KubernetesVersion, ReadsVersions) {
  struct Row {
    std::string_view text;
    std::string_view version;
  };
  for (const Row& row : std::initializer_list<Row>{{"1.30", "1.30"},
                                                   {"v1.30", "1.30"},
                                                   {"1.30.2", "1.30.2"},
                                                   {"v1.30.2", "1.30.2"},
                                                   {"v1.30.0", "1.30.0"},
                                                   {"1.31.0-rc.1", "1.31.0"},
                                                   {"v1.30.2+k3s1", "1.30.2"},
                                                   {"v1.10.4_coreos.0", "1.10.4"},
                                                   {"1.99", "1.99"},
                                                   {"", ""},
                                                   {"v", ""},
                                                   {"1", ""},
                                                   {"v1.", ""},
                                                   {"1.30.", ""},
                                                   {"1.30.x", ""},
                                                   {"1.30.2.1", ""},
                                                   {"1.30 ", ""},
                                                   {" 1.30", ""},
                                                   {"1.-3", ""},
                                                   {"vv1.30", ""},
                                                   {"V1.30", ""},
                                                   {"2.0", ""},
                                                   {"4.14", ""},
                                                   {"1.30000", ""},
                                                   {"latest", ""}}) {
    EXPECT_EQ(read(parse_kubernetes_version(row.text)), row.version) << row.text;
  }
}

TEST(KubernetesVersion, ReadsTheTagOfAnImage) {
  struct Row {
    std::string_view image;
    std::string_view version;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"registry.k8s.io/kube-apiserver:v1.30.2", "1.30.2"},
           {"kube-apiserver:v1.24.1", "1.24.1"},
           {"registry.example:5000/kube-apiserver:v1.30.2", "1.30.2"},
           {"registry.example:5000/kube-apiserver", ""},
           {"registry.example:1.30/kube-apiserver", ""},
           {"registry.k8s.io/kube-apiserver:v1.30.2@sha256:0011aabb", "1.30.2"},
           {"registry.k8s.io/kube-apiserver@sha256:0011aabb", ""},
           {"quay.io/coreos/hyperkube:v1.3.4_coreos.0", "1.3.4"},
           {"k8s.gcr.io/hyperkube:v1.10.0-alpha.3.469_86561079f5613d-dirty", "1.10.0"},
           {"localhost:5000/kube-apiserver.scalability", ""},
           {"gcr.io/google_containers/hyperkube-amd64:__RELEASE__", ""},
           {"kube-apiserver:latest", ""},
           {"kube-apiserver:", ""},
           {"x", ""},
           {"", ""}}) {
    EXPECT_EQ(read(version_of_image(row.image)), row.version) << row.image;
  }
}

TEST(KubernetesVersion, OrdersByReleaseThenPatch) {
  const KubernetesVersion release{1, 24, {}};
  const KubernetesVersion first_patch{1, 24, 0};
  const KubernetesVersion later_patch{1, 24, 10};
  const KubernetesVersion before{1, 23, 17};
  EXPECT_LT(before, release);
  EXPECT_LT(release, first_patch);
  EXPECT_LT(first_patch, later_patch);
  EXPECT_LT((KubernetesVersion{1, 9, 7}), (KubernetesVersion{1, 10, {}}));
  EXPECT_GT((KubernetesVersion{2, 0, {}}), kNewestKnown);
  EXPECT_EQ(release, (KubernetesVersion{1, 24, {}}));
  EXPECT_NE(release, first_patch);
}

TEST(KubernetesVersion, WritesItself) {
  EXPECT_EQ((KubernetesVersion{1, 30, 2}).text(), "1.30.2");
  EXPECT_EQ((KubernetesVersion{1, 30, 2}).release(), "1.30");
  EXPECT_EQ(kNewestKnown.text(), "1.36");
}

}  // namespace
}  // namespace kaudit::kube
