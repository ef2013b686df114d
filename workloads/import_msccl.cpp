#include "workloads/import_msccl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/printable.h"
#include "topology/xml_document.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using topology::XmlDocument;

struct MscclCollective {
  std::string_view name;
  CollectiveKind kind;
};
constexpr std::array msccl_collectives = {MscclCollective{"allreduce", CollectiveKind::all_reduce},
                                          MscclCollective{"allgather", CollectiveKind::all_gather},
                                          MscclCollective{"reduce_scatter", CollectiveKind::reduce_scatter},
                                          MscclCollective{"reducescatter", CollectiveKind::reduce_scatter},
                                          MscclCollective{"alltoall", CollectiveKind::all_to_all},
                                          MscclCollective{"broadcast", CollectiveKind::broadcast},
                                          MscclCollective{"reduce", CollectiveKind::reduce}};

class MscclReader {
 public:
  MscclReader(std::string_view text, std::string_view file) : document_(text, file, "algo") { steps_.name = file; }

  CollectiveSteps read() {
    const pugi::xml_node algo = document_.root();
    const std::string name = document_.required(algo, "name");
    steps_.kind = collective(algo);
    steps_.chunks = at_least_one(algo, "nchunksperloop");
    steps_.protocol = protocol(algo);
    if (document_.integer(algo, "inplace", 1) == 0) steps_.buffers = CollectiveSteps::Buffers::apart;
    only(algo, "gpu");
    const int gpus = at_least_one(algo, "ngpus");
    const auto found = std::ranges::distance(algo.children("gpu"));
    if (gpus != found)
      document_.fail(algo, fmt::format("speaks of {} GPUs and has {}", gpus, found), "the file may be cut off: write it anew");
    steps_.ranks.resize(static_cast<std::size_t>(gpus));
    std::vector<bool> read(steps_.ranks.size(), false);
    for (const pugi::xml_node gpu : algo.children("gpu")) read_gpu(gpu, number(gpu, "id", read));
    validate(steps_);
    steps_.name = sim::printable(name);
    return std::move(steps_);
  }

 private:
  CollectiveKind collective(pugi::xml_node algo) const {
    const std::string name = document_.required(algo, "coll");
    const auto found = std::ranges::find(msccl_collectives, name, &MscclCollective::name);
    if (found == msccl_collectives.end()) {
      document_.fail(algo, fmt::format("coll=\"{}\" is none that could be checked", name),
                     "write allreduce, allgather, reduce_scatter, alltoall, broadcast or reduce");
    }
    return found->kind;
  }

  Protocol protocol(pugi::xml_node algo) const {
    const std::string name = document_.required(algo, "proto");
    if (name == "LL") return Protocol::ll;
    if (name == "LL128") return Protocol::ll128;
    if (name != "Simple") document_.fail(algo, fmt::format("proto=\"{}\" is unknown", name), "write LL, LL128 or Simple");
    return Protocol::simple;
  }

  int at_least_one(pugi::xml_node element, const char* attribute) const {
    document_.required(element, attribute);
    const int value = document_.integer(element, attribute, 0);
    if (value < 1) document_.fail(element, fmt::format("{}=\"{}\"", attribute, value), "write 1 at least");
    return value;
  }

  void only(pugi::xml_node element, std::string_view child) const {
    for (const pugi::xml_node other : element.children()) {
      if (other.type() == pugi::node_element && child != other.name())
        document_.fail(other, fmt::format("<{}> within <{}> is unknown", other.name(), element.name()), fmt::format("write <{}>", child));
    }
  }

  /// Of an element among its like, each number once.
  std::size_t number(pugi::xml_node element, const char* attribute, std::vector<bool>& read) const {
    document_.required(element, attribute);
    const int value = document_.integer(element, attribute, 0);
    if (value < 0 || value >= std::ssize(read)) {
      document_.fail(element, fmt::format("{}=\"{}\"", attribute, value),
                     fmt::format("<{}>s are numbered 0 to {}", element.name(), read.size() - 1));
    }
    const auto at = static_cast<std::size_t>(value);
    if (read[at])
      document_.fail(element, fmt::format("<{} {}=\"{}\"> stands twice", element.name(), attribute, value), "number them apart");
    read[at] = true;
    return at;
  }

  void read_gpu(pugi::xml_node gpu, std::size_t rank) {
    StepRank& of = steps_.ranks[rank];
    for (const auto& [attribute, chunks] : {std::pair("i_chunks", steps_.input_chunks()), std::pair("o_chunks", steps_.output_chunks())}) {
      const int said = document_.integer(gpu, attribute, 0);
      if (said > chunks)
        document_.fail(gpu, fmt::format("{}=\"{}\"", attribute, said),
                       fmt::format("of {} chunks, that buffer has {}", steps_.chunks, chunks));
    }
    of.scratch_chunks = document_.integer(gpu, "s_chunks", 0);
    only(gpu, "tb");
    of.blocks.resize(static_cast<std::size_t>(std::ranges::distance(gpu.children("tb"))));
    std::vector<bool> read(of.blocks.size(), false);
    for (const pugi::xml_node tb : gpu.children("tb")) read_block(tb, of.blocks[number(tb, "id", read)]);
  }

  std::optional<int> peer(pugi::xml_node tb, const char* attribute) const {
    const int gpu = document_.integer(tb, attribute, -1);
    return gpu == -1 ? std::nullopt : std::optional(gpu);
  }

  void read_block(pugi::xml_node tb, StepBlock& block) const {
    block.send_to = peer(tb, "send");
    block.receive_from = peer(tb, "recv");
    // Blocks that speak to nobody may have channel -1.
    block.channel = block.send_to || block.receive_from ? document_.integer(tb, "chan", 0) : 0;
    only(tb, "step");
    for (const pugi::xml_node element : tb.children("step")) {
      document_.required(element, "s");
      if (document_.integer(element, "s", 0) != std::ssize(block.steps)) {
        document_.fail(element, fmt::format("s=\"{}\" is step {} of its block", element.attribute("s").value(), block.steps.size()),
                       "number steps 0, 1, 2, ... in order");
      }
      block.steps.push_back(step(element));
    }
  }

  CollectiveStep step(pugi::xml_node element) const {
    const std::string type = document_.required(element, "type");
    const std::optional<StepAction> action = step_action(type);
    if (!action) document_.fail(element, fmt::format("type=\"{}\" is unknown", type), "write s, r, rcs, rrs, rrc, rrcs, cpy, re or nop");
    CollectiveStep step{.action = *action, .count = document_.integer(element, "cnt", 1)};
    if (reads_source(*action)) step.source = chunk(element, "srcbuf", "srcoff");
    if (writes_target(*action)) step.target = chunk(element, "dstbuf", "dstoff");
    const int on = document_.integer(element, "depid", -1);
    if (on != -1) step.after = StepPlace{on, document_.integer(element, "deps", -1)};
    return step;
  }

  ChunkPlace chunk(pugi::xml_node element, const char* buffer, const char* offset) const {
    const std::string name = document_.required(element, buffer);
    constexpr std::string_view names = "ios";
    if (name.size() != 1 || names.find(name[0]) == std::string_view::npos)
      document_.fail(element, fmt::format("{}=\"{}\" is no buffer", buffer, name), "write i (input), o (output) or s (scratch)");
    document_.required(element, offset);
    return {static_cast<ChunkBuffer>(names.find(name[0])), document_.integer(element, offset, 0)};
  }

  XmlDocument document_;
  CollectiveSteps steps_;
};

}  // namespace

CollectiveSteps read_msccl(std::string_view text, std::string_view file) { return MscclReader(text, file).read(); }

}  // namespace orrery::workloads
