#include "scenarios/file_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/calibrations.h"
#include "scenarios/data_set.h"
#include "scenarios/hardware.h"
#include "scenarios/models.h"
#include "scenarios/nccl.h"
#include "scenarios/prices.h"
#include "scenarios/scenario_spec.h"
#include "scenarios/software.h"
#include "sim/error.h"

namespace orrery::scenarios {
namespace {

using FieldsUser = std::function<void(const Fields&)>;

template <class Spec>
void describe_file_of(const FieldsUser& use) {
  Spec spec;
  Fields fields;
  describe(fields, spec);
  use(fields_of_file(std::move(fields)));
}

struct FileKind {
  std::string_view name;
  std::string_view meaning;
  void (*describe)(const FieldsUser&);
};
constexpr std::array described_kinds = {
    FileKind{"scenario", "a machine, a job on it, and the constants that hold for both", describe_file_of<ScenarioSpec>},
    FileKind{"hardware", "a node", describe_file_of<topology::NodeSpec>},
    FileKind{"models", "a transformer", describe_file_of<workloads::Transformer>},
    FileKind{"software", "a stack: what it does, and what it costs beside its kernels", describe_file_of<workloads::Software>},
    FileKind{"calibrations", "a device as measured (docs/kernels.md, docs/collectives.md)", describe_file_of<workloads::Calibration>},
    FileKind{"nccl", "a version of NCCL: its constants (docs/collectives.md)", describe_file_of<workloads::NcclConstants>},
    FileKind{"prices", "what machines cost and draw (docs/costs.md)", describe_file_of<workloads::PriceList>},
    FileKind{"data-set", "measured runs, for `orrery validate`", describe_file_of<DataSetSpec>},
};

const FileKind& file_kind(std::string_view name) {
  const auto it = std::ranges::find(described_kinds, name, &FileKind::name);
  if (it != described_kinds.end()) return *it;
  throw sim::Error({"", fmt::format("there is no kind of file called \"{}\"", name), suggestion(name, file_kinds())});
}

}  // namespace

std::vector<std::string> file_kinds() {
  std::vector<std::string> names;
  for (const FileKind& kind : described_kinds) names.emplace_back(kind.name);
  return names;
}

std::string_view meaning_of_kind(std::string_view kind) { return file_kind(kind).meaning; }

void describe_file(std::string_view kind, const std::function<void(const Fields&)>& use) { file_kind(kind).describe(use); }

}  // namespace orrery::scenarios
