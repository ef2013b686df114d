#include "topology/import_nccl_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "topology/xml_document.h"

namespace orrery::topology {
namespace {

PathType graph_path_type(const XmlDocument& document, pugi::xml_node element, const char* attribute) {
  const std::string name = document.required(element, attribute);
  const std::optional<PathType> type = path_type(name);
  if (!type) {
    document.fail(element, fmt::format("{}=\"{}\" is no type of path", attribute, name),
                  "write LOC, NVL, NVB, C2C, PIX, PXB, P2C, PXN, PHB, SYS, NET or DIS");
  }
  return *type;
}

sim::BytesPerSecond graph_speed(const XmlDocument& document, pugi::xml_node element, const char* attribute) {
  const double speed = document.number(element, attribute, 0);
  if (speed < 0) document.fail(element, fmt::format("{}=\"{}\" is negative", attribute, speed), "speeds are GB/s per channel");
  return sim::gigabytes_per_second(speed);
}

NcclChannel graph_channel(const XmlDocument& document, pugi::xml_node element) {
  NcclChannel channel;
  for (const pugi::xml_node hop : element.children()) {
    if (hop.type() != pugi::node_element) continue;
    const std::string_view name = hop.name();
    if (name != "gpu" && name != "net")
      document.fail(hop, fmt::format("<{}> is no part of a channel", name), "write <gpu dev=\"0\"/> or <net dev=\"0\"/>");
    document.required(hop, "dev");
    const std::uint64_t dev = document.unsigned_integer(hop, "dev", 0);
    if (name == "net") {
      (channel.gpus.empty() ? channel.nets_before : channel.nets_after).push_back(dev);
      continue;
    }
    if (!channel.nets_after.empty())
      document.fail(hop, "a GPU comes after the net by which the channel leaves", "write nets before and after all GPUs");
    channel.gpus.push_back(dev);
  }
  std::set<std::uint64_t> met;
  for (const std::uint64_t gpu : channel.gpus) {
    if (!met.insert(gpu).second)
      document.fail(element, fmt::format("GPU {} stands twice in a channel", gpu), "a channel passes each GPU once");
  }
  return channel;
}

NcclGraph graph_from(const XmlDocument& document, pugi::xml_node element) {
  document.required(element, "id");
  const int pattern = document.integer(element, "pattern", 0);
  if (pattern < 1 || pattern > 6) {
    document.fail(element, fmt::format("pattern {} is unknown", pattern),
                  "write 1 balanced tree, 2 split tree, 3 tree, 4 ring, 5 NVLS or 6 CollNet direct");
  }
  NcclGraph graph{.id = document.integer(element, "id", 0),
                  .pattern = static_cast<NcclPattern>(pattern),
                  .cross_nic = document.integer(element, "crossnic", 0),
                  .speed_intra = graph_speed(document, element, "speedintra"),
                  .speed_inter = graph_speed(document, element, "speedinter"),
                  .latency_inter = document.number(element, "latencyinter", 0),
                  .type_intra = graph_path_type(document, element, "typeintra"),
                  .type_inter = graph_path_type(document, element, "typeinter"),
                  .same_channels = document.integer(element, "samechannels", 0) != 0};
  for (const pugi::xml_node channel : element.children("channel")) {
    graph.channels.push_back(graph_channel(document, channel));
    if (graph.channels.back().gpus.size() != graph.channels.front().gpus.size()) {
      document.fail(channel, "passes another number of GPUs than the channel before", "all channels of a graph pass the same GPUs");
    }
  }
  const int said = document.integer(element, "nchannels", 0);
  if (said != static_cast<int>(graph.channels.size())) {
    document.fail(element, fmt::format("speaks of {} channels and has {}", said, graph.channels.size()),
                  "the file may be cut off: dump it anew");
  }
  return graph;
}

}  // namespace

std::vector<NcclGraph> read_nccl_graphs(std::string_view text, std::string_view file) {
  const XmlDocument document(text, file, "graphs");
  if (document.integer(document.root(), "version", 0) != 1) {
    document.fail(document.root(), fmt::format("is of version \"{}\"", document.root().attribute("version").value()),
                  "only version=\"1\" is known");
  }
  std::vector<NcclGraph> graphs;
  for (const pugi::xml_node element : document.root().children("graph")) {
    NcclGraph graph = graph_from(document, element);
    if (std::any_of(graphs.begin(), graphs.end(), [&](const NcclGraph& other) { return other.id == graph.id; })) {
      document.fail(element, fmt::format("graph {} stands twice", graph.id), "leave one out");
    }
    graphs.push_back(std::move(graph));
  }
  return graphs;
}

}  // namespace orrery::topology
