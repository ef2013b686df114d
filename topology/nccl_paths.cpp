#include "topology/nccl_paths.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace orrery::topology {
namespace {

constexpr MegabytesPerSecond within_a_device = 5'000'000;
constexpr int path_types = static_cast<int>(PathType::dis) + 1;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// The last log2(size) bits the other way round, so that neighbours choose far apart.
int mirrored(int value, int size) {
  int found = 0;
  for (int low = 1, high = size / 2; low < size; low *= 2, high /= 2) {
    if ((value & low) != 0) found |= high;
  }
  return found;
}

}  // namespace

NcclPaths::NcclPaths(const NodeTopology& node, NcclLinks links, Pxn pxn)
    : node_(&node), graph_(std::move(links)), paths_(graph_.vertices.size() * graph_.vertices.size()) {
  for (const std::vector<int>& bases : {graph_.cpus, graph_.gpus, graph_.nets}) {
    for (const int base : bases) find_ways_to(base);
  }
  if (graph_.nvswitch >= 0) find_ways_to(graph_.nvswitch);
  send_peers_past_processors();
  for (int net = 0; net < nets(); ++net) {
    for (int gpu = 0; gpu < gpus(); ++gpu) {  // each choice sees those made before, as in NCCL
      if (pxn == Pxn::as_it_pays) send_to_net_through_peer(gpu, net);
      send_to_net_past_processor(gpu, net);
    }
  }
  for (int net = 0; net < nets(); ++net) gpus_near_.push_back(nearest(net_vertex(net), graph_.gpus));
  for (int net = 0; net < nets(); ++net) owners_.push_back(find_owner(net));
  for (NcclPath& path : paths_) find_drains(path);
  number_ports();
  rank_nets();
}

const NodeGpu& NcclPaths::gpu(int gpu) const { return node_->gpus[at(vertex(gpu_vertex(gpu)).index)]; }
const NodeNet& NcclPaths::net(int net) const { return node_->nets[at(vertex(net_vertex(net)).index)]; }

void NcclPaths::number_ports() {
  const auto port = [&](int net) {
    const NodeNet& of = this->net(net);
    return std::pair(of.guid == 0 ? static_cast<std::uint64_t>(of.dev) : of.guid, of.port);
  };
  for (int net = 0; net < nets(); ++net) {
    int first = 0;
    while (port(first) != port(net)) ++first;
    ports_.push_back(first);
  }
}

MegabytesPerSecond NcclPaths::pci_bandwidth(int gpu) const { return link(vertex(gpu_vertex(gpu)).up).bandwidth; }

/// Breadth first, from the base outwards.
void NcclPaths::find_ways_to(int base) {
  way(base, base) = {.type = PathType::loc, .bandwidth = within_a_device};
  std::vector<int> reached{base};
  while (!reached.empty()) {
    std::vector<int> next;
    for (const int near : reached) {
      for (const int out : vertex(near).links) {
        const int far = link(out).to;
        if (lengthen(out, base) && std::find(next.begin(), next.end(), far) == next.end()) next.push_back(far);
      }
    }
    reached = std::move(next);
  }
}

/// Takes the way back over a link out of a vertex that is reached already, where that is better than what is known.
bool NcclPaths::lengthen(int out, int base) {
  const NcclLink& outwards = link(out);
  const NcclPath& rest = between(outwards.from, base);
  const bool from_peer = outwards.from != base && vertex(outwards.from).kind == NcclVertexKind::gpu;
  const bool to_peer = outwards.kind == NcclLinkKind::nvlink && vertex(outwards.to).kind == NcclVertexKind::gpu;
  if (from_peer && (!to_peer || rest.links.size() > 1)) return false;  // GPUs forward to GPUs beside them alone
  NcclPath& found = way(outwards.to, base);
  const MegabytesPerSecond bandwidth = std::min(rest.bandwidth, outwards.bandwidth);
  if ((found.bandwidth != 0 && found.links.size() <= rest.links.size()) || found.bandwidth >= bandwidth) return false;
  const int first = reverse(out);
  if (first < 0) return false;  // an NVLink of which one end alone tells
  const PathType type = std::max(rest.type, type_of_step(outwards, rest, base));
  std::vector<int> links{first};
  links.insert(links.end(), rest.links.begin(), rest.links.end());
  found = {.type = type, .bandwidth = bandwidth, .links = std::move(links)};
  return true;
}

PathType NcclPaths::type_of_step(const NcclLink& step, const NcclPath& rest, int base) const {
  const NcclVertexKind from = vertex(step.from).kind, to = vertex(step.to).kind;
  switch (step.kind) {
    case NcclLinkKind::nvlink:
      return from == NcclVertexKind::gpu && step.from != base && rest.type == PathType::nvl ? PathType::nvb : PathType::nvl;
    case NcclLinkKind::system:
      return PathType::sys;
    case NcclLinkKind::network:
      return PathType::loc;
    case NcclLinkKind::pci:
      break;
  }
  if (from == NcclVertexKind::cpu || to == NcclVertexKind::cpu) return PathType::phb;
  return from == NcclVertexKind::pci && to == NcclVertexKind::pci ? PathType::pxb : PathType::pix;
}

void NcclPaths::detour(int from, int by, int to) {
  const NcclPath &there = between(from, by), &onwards = between(by, to);
  NcclPath found{
      .type = std::max(there.type, onwards.type), .bandwidth = std::min(there.bandwidth, onwards.bandwidth), .links = there.links};
  found.links.insert(found.links.end(), onwards.links.begin(), onwards.links.end());
  if (vertex(by).kind == NcclVertexKind::gpu) found.type = PathType::pxn;
  way(from, to) = std::move(found);
}

/// GPUs write to each other directly below one PCIe switch at the farthest; pairs on AMD's processors over any way.
void NcclPaths::send_peers_past_processors() {
  const NodeCpu& cpu = node_->cpus.front();
  const bool pair_on_amd = cpu.arch == "x86_64" && cpu.vendor == "AuthenticAMD" && gpus() <= 2;
  const PathType farthest = pair_on_amd ? PathType::sys : PathType::pxb;
  for (const int to : graph_.gpus) {
    for (const int from : graph_.gpus) {
      if (between(from, to).type > farthest) detour(from, nearest_cpu(to), to);
    }
  }
}

/// PXN: by the GPU that owns the NIC, where that is wider or spares the processor. Only outwards: what comes in goes straight to memory.
void NcclPaths::send_to_net_through_peer(int gpu, int net) {
  const int peer = find_owner(net);
  if (peer < 0 || peer == gpu) return;
  const NcclPath &direct = gpu_to_net(gpu, net), &of_peer = gpu_to_net(peer, net);
  const bool is_better = of_peer.bandwidth > direct.bandwidth || direct.type > PathType::pxb;
  if (of_peer.type > PathType::pxb || gpu_to_gpu(peer, gpu).type > PathType::nvl || !is_better) return;
  detour(gpu_vertex(gpu), gpu_vertex(peer), net_vertex(net));
}

/// Where the NIC cannot reach the GPU's memory itself, data go past the processor both ways.
void NcclPaths::send_to_net_past_processor(int gpu, int net) {
  if (gpu_to_net(gpu, net).type >= PathType::phb || (this->net(net).gdr && this->gpu(gpu).gdr)) return;
  const int cpu = nearest_cpu(gpu_vertex(gpu));
  detour(net_vertex(net), cpu, gpu_vertex(gpu));
  detour(gpu_vertex(gpu), cpu, net_vertex(net));
}

void NcclPaths::find_drains(NcclPath& path) const {
  if (path.links.empty()) return;
  const bool from_gpu = vertex(link(path.links.front()).from).kind == NcclVertexKind::gpu;
  const double pci_share = from_gpu && passes_intel(path) ? 6.0 / 5 : 1;  // their root complex is slow between peers
  for (const int passed : path.links) {
    const NcclLink& step = link(passed);
    const NcclVertex& end = vertex(step.to);
    const double share = step.kind == NcclLinkKind::pci ? pci_share : 1;
    path.drains.push_back({.link = passed, .share = share});
    constexpr int first_without_answers = 80;  // older GPUs answer what NICs write with an eighth of it
    const bool is_old_gpu = end.kind == NcclVertexKind::gpu && compute_capability(node_->gpus[at(end.index)]) < first_without_answers;
    if (is_old_gpu && !from_gpu) path.drains.push_back({.link = reverse(passed), .share = share / 8});
    const bool is_power = end.kind == NcclVertexKind::cpu && node_->cpus[at(end.index)].arch == "ppc64";
    if (is_power && step.kind == NcclLinkKind::nvlink) path.drains.push_back({.link = reverse(passed), .share = share});
  }
}

bool NcclPaths::passes_intel(const NcclPath& path) const {
  return path.type == PathType::phb && std::any_of(path.links.begin(), path.links.end(), [&](int passed) {
           const NcclVertex& end = vertex(link(passed).to);
           if (end.kind != NcclVertexKind::cpu) return false;
           const NodeCpu& cpu = node_->cpus[at(end.index)];
           return cpu.arch == "x86_64" && cpu.vendor == "GenuineIntel";
         });
}

/// The link the other way; -1 where there is none.
int NcclPaths::reverse(int passed) const {
  const std::vector<int>& back = vertex(link(passed).to).links;
  const auto found = std::find_if(back.begin(), back.end(),
                                  [&](int other) { return link(other).to == link(passed).from && link(other).kind == link(passed).kind; });
  return found == back.end() ? -1 : *found;
}

int NcclPaths::nearest_cpu(int gpu) const {
  return *std::min_element(graph_.cpus.begin(), graph_.cpus.end(),
                           [&](int a, int b) { return between(gpu, a).links.size() < between(gpu, b).links.size(); });
}

/// Places in `among` of the vertices on the widest paths, of these on the nearest.
std::vector<int> NcclPaths::nearest(int from, const std::vector<int>& among) const {
  const auto rank = [&](int to) { return std::pair(-between(from, to).bandwidth, between(from, to).type); };
  std::vector<int> found;
  for (std::size_t i = 0; i < among.size(); ++i) {
    if (!found.empty() && rank(among[i]) < rank(among[at(found.front())])) found.clear();
    if (found.empty() || rank(among[i]) == rank(among[at(found.front())])) found.push_back(static_cast<int>(i));
  }
  return found;
}

/// The NIC that a GPU takes for a channel: GPUs with the same choice share it out.
int NcclPaths::own_net(int gpu, int channel) const {
  const std::vector<int> choice = nearest(gpu_vertex(gpu), graph_.nets);
  const auto count = static_cast<int>(choice.size()), sharers = static_cast<int>(nearest(net_vertex(choice.front()), graph_.gpus).size());
  const int each = (count + sharers - 1) / sharers;
  const int dev = this->gpu(gpu).dev;
  const int first = std::has_single_bit(static_cast<unsigned>(count)) ? mirrored(dev, count) : dev;
  return choice[at((first + channel % each) % count)];
}

int NcclPaths::find_owner(int net) const {
  const std::vector<int> near = nearest(net_vertex(net), graph_.gpus);
  for (int channel = 0; channel < nets(); ++channel) {  // choices repeat after as many
    for (const int gpu : near) {
      if (own_net(gpu, channel) == net) return gpu;
    }
  }
  return -1;
}

std::vector<int> NcclPaths::own_nets(int gpu) const {
  std::vector<int> found{own_net(gpu, 0)};
  for (int channel = 1; channel < nets() && own_net(gpu, channel) != found.front(); ++channel) {
    found.push_back(own_net(gpu, channel));
  }
  return found;
}

void NcclPaths::rank_nets() {
  if (nets() == 0) return;
  for (int only = 0; only <= gpus(); ++only) {
    std::vector<int> ranked;
    const auto add = [&](int net) {
      if (std::find(ranked.begin(), ranked.end(), net) == ranked.end()) ranked.push_back(net);
    };
    const int first = only == gpus() ? 0 : only, end = only == gpus() ? gpus() : only + 1;
    for (int gpu = first; gpu < end; ++gpu) {
      const std::vector<int> own = own_nets(gpu);
      std::for_each(own.begin(), own.end(), add);
    }
    for (int type = 0; type < path_types; ++type) {
      for (int gpu = first; gpu < end; ++gpu) {
        for (int net = 0; net < nets(); ++net) {
          if (static_cast<int>(gpu_to_net(gpu, net).type) == type) add(net);
        }
      }
      net_ranks_.push_back(ranked);
    }
  }
}

const std::vector<int>& NcclPaths::nets_of(int gpu, PathType widest) const {
  return net_ranks_[at(gpu * path_types + static_cast<int>(widest))];
}

NcclPaths::Types NcclPaths::types_between_gpus() const {
  Types found;
  for (int from = 0; from < gpus(); ++from) {
    for (int to = 0; to < gpus(); ++to) {
      if (from == to) continue;
      found = {std::min(found.nearest, gpu_to_gpu(from, to).type), std::max(found.farthest, gpu_to_gpu(from, to).type)};
    }
  }
  return found;
}

NcclPaths::Types NcclPaths::types_to_nets() const {
  Types found;
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    for (int net = 0; net < nets(); ++net) {
      found = {std::min(found.nearest, gpu_to_net(gpu, net).type), std::max(found.farthest, gpu_to_net(gpu, net).type)};
    }
  }
  return found;
}

MegabytesPerSecond NcclPaths::widest_path() const {
  if (nets() == 0 && gpus() == 1) return within_a_device;
  MegabytesPerSecond widest = 0;
  for (const int from : graph_.gpus) {
    for (const int to : nets() > 0 ? graph_.nets : graph_.gpus) {
      if (from != to) widest = std::max(widest, between(from, to).bandwidth);
    }
  }
  return widest;
}

MegabytesPerSecond NcclPaths::widest_gpu() const {
  if (nets() == 0 && gpus() == 1) return within_a_device;
  MegabytesPerSecond widest = 0;
  for (const int gpu : graph_.gpus) {
    MegabytesPerSecond nvlink = 0, pci = 0;
    for (const int out : vertex(gpu).links) (link(out).kind == NcclLinkKind::nvlink ? nvlink : pci) += link(out).bandwidth;
    widest = std::max({widest, nvlink, pci});
  }
  return widest;
}

bool NcclPaths::nvlink_is_split() const {
  std::vector<int> group(graph_.gpus.size()), size(graph_.gpus.size(), 0);
  for (int gpu = 0; gpu < gpus(); ++gpu) group[at(gpu)] = gpu;
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    for (int later = gpu + 1; later < gpus(); ++later) {
      if (gpu_to_gpu(gpu, later).type == PathType::nvl) group[at(later)] = group[at(gpu)];
    }
  }
  for (const int each : group) ++size[at(each)];
  return std::count_if(size.begin(), size.end(), [](int members) { return members > 1; }) == 2;
}

int NcclPaths::least_compute_capability() const {
  int least = compute_capability(gpu(0));
  for (int other = 1; other < gpus(); ++other) least = std::min(least, compute_capability(gpu(other)));
  return least;
}

}  // namespace orrery::topology
