// The fields of a Pod as the kubelet decodes them, and what it demands of each one by itself.
//
// A table, so that decoding errors and the plain rules of validation need one walk and no code for
// each field. It follows k8s.io/api/core/v1/types.go (1.13 to 1.36) for names and types, and
// pkg/apis/core/validation/validation.go for the demands. What concerns several fields at once is
// named by `Rule` and stands in pod_validation.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kaudit::kube {

enum class FieldType : std::uint8_t {
  String,
  Bool,
  Int32,
  Int64,
  Quantity,     // apimachinery, api/resource: a string such as 250m, or a number
  IntOrString,  // apimachinery, util/intstr
  Time,         // metav1.Time: a string in the form of RFC 3339
  Struct,
  Any,  // decoded as it stands
};

enum class FieldShape : std::uint8_t { One, List, Map };

// What a string has to look like; of a map of strings: its keys and values.
enum class StringForm : std::uint8_t {
  Any,
  DnsLabel,
  DnsSubdomain,
  PodName,     // the kubelet appends a dash and the node's name first
  Image,       // no blanks around it
  LocalPath,   // relative, without '..'
  Port,        // of an IntOrString: a port's number or name
  PortName,    // IANA_SVC_NAME
  EnvName,     // of an environment variable
  FieldPath,   // what an environment variable may be taken from
  Label,       // of a map
  Annotation,  // of a map
};

// Demands on several fields of a struct together.
enum class StructRule : std::uint8_t {
  None,
  PodSpec,
  Container,
  Volume,
  VolumeMount,
  EnvVar,
  EnvVarSource,
  Probe,
  LifecycleHandler,
  SecurityContext,
  Profile,
  Resources,
  Toleration,
};

struct StructType;

struct Field {
  std::string_view name;
  FieldType type = FieldType::String;
  FieldShape shape = FieldShape::One;
  StringForm form = StringForm::Any;
  bool is_required = false;        // given, and no empty string or list
  int since = 0;                   // minor release; before it the field is unknown and ignored
  const StructType* of = nullptr;  // of a Struct
  std::string_view words = {};     // all that is allowed, parted by '|'; "|a": "" is allowed
  std::int64_t least = 0;          // of a number, if least < most
  std::int64_t most = 0;           //
  std::string_view object = {};    // the object of the API that it refers to: "a Secret"
  int object_forbidden_since = 0;  // minor release

  constexpr Field required() const {
    Field f = *this;
    f.is_required = true;
    return f;
  }
  constexpr Field from(int minor) const {
    Field f = *this;
    f.since = minor;
    return f;
  }
  constexpr Field as(StringForm wanted) const {
    Field f = *this;
    f.form = wanted;
    return f;
  }
  constexpr Field one_of(std::string_view allowed) const {
    Field f = *this;
    f.words = allowed;
    return f;
  }
  constexpr Field within(std::int64_t low, std::int64_t high) const {
    Field f = *this;
    f.least = low;
    f.most = high;
    return f;
  }
  // Forbidden in a static Pod by the gate PreventStaticPodAPIReferences, on since 1.34, some
  // earlier (pkg/api/pod/util.go, HasAPIObjectReference).
  constexpr Field refers_to(std::string_view what, int minor = 34) const {
    Field f = *this;
    f.object = what;
    f.object_forbidden_since = minor;
    return f;
  }
};

struct StructType {
  std::span<const Field> fields;
  StructRule rule = StructRule::None;
};

const StructType& pod_type();
// Of every object; the demands of its fields, but not their types, are those of a static Pod.
const StructType& object_meta_type();
const StructType& container_type();

}  // namespace kaudit::kube
