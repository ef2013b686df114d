#include "topology/nccl_channel_search.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace orrery::topology {
namespace {

std::size_t place(int index) { return static_cast<std::size_t>(index); }

bool is_tree(NcclPattern pattern) {
  return pattern == NcclPattern::tree || pattern == NcclPattern::balanced_tree || pattern == NcclPattern::split_tree;
}

/// Only heads are sought: which GPU speaks for which NIC.
bool seeks_heads(NcclPattern pattern) { return pattern == NcclPattern::nvls || pattern == NcclPattern::collnet_direct; }

}  // namespace

NcclChannelSearch::NcclChannelSearch(const NcclPaths& paths) : paths_(paths), capacity_(paths) {}

int NcclChannelSearch::run(NcclCandidate& sought, NcclCandidate& best, int budget) {
  sought_ = &sought;
  best_ = &best;
  budget_ = budget;
  sought.channels.clear();
  next_channel();
  return budget_;
}

NcclChannelSearch::Course NcclChannelSearch::course() const {
  const int last = paths_.gpus() - 1;
  const bool is_ring = sought_->pattern == NcclPattern::ring;
  if (paths_.nets() == 0) return {.first_after = is_ring ? last : -1};
  if (is_ring) return {.net_after = last};
  return {.net_after = sought_->pattern == NcclPattern::split_tree ? 1 : 0};
}

void NcclChannelSearch::next_channel() {
  channel_ = {.gpus = std::vector<int>(place(paths_.gpus()), -1)};
  Course course = this->course();
  if (paths_.nets() > 0) return start_at_nets(course);
  if (sought_->pattern == NcclPattern::nvls) return visit(sought_->count(), 0, course);
  course.order = sought_->channels.empty() ? Order::by_file : Order::as_before;
  visit(sought_->channels.empty() ? 0 : sought_->channels.back().gpus.front(), 0, course);
  course.order = Order::by_score;
  for (int gpu = 0; gpu < paths_.gpus() && (sought_->channels.empty() || !sought_->same_channels); ++gpu) visit(gpu, 0, course);
}

void NcclChannelSearch::start_at_nets(Course course) {
  const std::vector<int>& nets = paths_.nets_to_try(sought_->type_inter);
  const MegabytesPerSecond asked = sought_->speed_inter / 1000 * 1000;  // of a NIC NCCL asks whole GB/s
  const auto count = static_cast<int>(nets.size());
  for (int i = 0; i < count; ++i) {
    const int net = nets[place((sought_->count() + i) % count)];
    if (capacity_.left_of_net(net) < asked) continue;
    const bool pairs_up = sought_->pattern == NcclPattern::ring && sought_->cross_nic == 2 && sought_->count() % 2 == 1;
    if (pairs_up && net != sought_->channels.back().net_out) continue;
    channel_.net_in = net;
    sought_->latency_inter = paths_.net(net).latency;
    capacity_.take_net(net, asked);
    const bool is_tried = start_at_net(net, count, course);
    capacity_.take_net(net, -asked);
    if (is_tried && seeks_heads(sought_->pattern)) return;
  }
}

/// False where a head is sought and this NIC has none.
bool NcclChannelSearch::start_at_net(int net, int nets, Course course) {
  if (seeks_heads(sought_->pattern)) {
    const int head = paths_.owner(net);
    const bool is_head_already = std::any_of(sought_->channels.begin(), sought_->channels.end(),
                                             [&](const NcclCandidate::Channel& other) { return other.gpus.front() == head; });
    if (sought_->count() >= nets || head < 0 || is_head_already) return false;
    enter(net, head, course);
    return true;
  }
  if (!sought_->channels.empty() && sought_->same_channels) {
    course.order = Order::as_before;
    enter(net, sought_->channels.back().gpus.front(), course);
    return true;
  }
  if (sought_->channels.empty() && paths_.graph().nvswitch < 0) start_in_file_order(net, course);
  const int owner = paths_.owner(net);
  if (owner >= 0) enter(net, owner, course);
  for (const int gpu : paths_.gpus_near(net)) {
    if (gpu != owner) enter(net, gpu, course);
  }
  return true;
}

/// A first reference, on a small budget of its own.
void NcclChannelSearch::start_in_file_order(int net, Course course) {
  constexpr int own_budget = 1 << 10;
  const int saved = std::exchange(budget_, own_budget);
  course.order = Order::by_file;
  enter(net, 0, course);
  budget_ = budget_ == perfect ? perfect : saved;
}

void NcclChannelSearch::enter(int net, int gpu, Course course) {
  const int from = paths_.net_vertex(net), to = paths_.gpu_vertex(gpu);
  if (!take(from, to)) return;
  visit(gpu, 0, course);
  give_back(from, to);
}

void NcclChannelSearch::visit(int gpu, int step, Course course) {
  if (budget_ <= 0) return;
  --budget_;
  const int gpus = paths_.gpus();
  if (step == gpus) return complete();
  channel_.gpus[place(step)] = gpu;
  if (step == course.net_after) return leave_by_net(gpu, step, course);
  if (sought_->pattern == NcclPattern::nvls) return reach_all_by_switch(gpu);
  if (sought_->pattern == NcclPattern::collnet_direct) return reach_all_directly(gpu);
  if (step < gpus - 1) return go_on(gpu, step, course);
  if (step == course.first_after) return close(gpu, step, course);
  visit(gpu, gpus, {.order = course.order});
}

void NcclChannelSearch::leave_by_net(int gpu, int step, Course course) {
  const bool is_balanced = sought_->pattern == NcclPattern::balanced_tree;  // half goes by the first GPU, half by the second
  const double speed = static_cast<double>(sought_->speed_inter) / (is_balanced ? 2 : 1);
  const int from = paths_.gpu_vertex(gpu);
  for (const int net : paths_.nets_to_try(sought_->type_inter, gpu)) {
    if (!may_leave_by(net, step)) continue;
    const int to = paths_.net_vertex(net);
    if (!take(from, to, 1, speed)) continue;
    channel_.net_out = net;
    visit(gpu, step, {.net_after = is_balanced && step == 0 ? 1 : -1, .first_after = course.first_after, .order = course.order});
    give_back(from, to, 1, speed);
  }
}

bool NcclChannelSearch::may_leave_by(int net, int step) const {
  const NcclPattern pattern = sought_->pattern;
  if (pattern == NcclPattern::tree && net != channel_.net_in) return false;
  if (pattern == NcclPattern::ring && sought_->cross_nic == 2) {  // the second of a pair goes the other way round
    if (sought_->count() % 2 == 1 && net != sought_->channels.back().net_in) return false;
  } else if (sought_->cross_nic == 0 && !paths_.is_same_port(net, channel_.net_in)) {
    return false;
  }
  return pattern != NcclPattern::balanced_tree || step == 0 || net == channel_.net_out;
}

void NcclChannelSearch::go_on(int gpu, int step, Course course) {
  if (course.order == Order::by_file) return go_to(step + 1, gpu, step, course);
  if (course.order == Order::as_before) return go_to(sought_->channels.back().gpus[place(step + 1)], gpu, step, course);
  if (paths_.graph().nvswitch >= 0) return go_to_neighbours(gpu, step, course);
  for (const int next : gpus_to_try(gpu, step, course)) go_to(next, gpu, step, course);
}

void NcclChannelSearch::go_to(int next, int gpu, int step, Course course) {
  const int from = paths_.gpu_vertex(gpu), to = paths_.gpu_vertex(next);
  if (!take(from, to)) return;
  visit(next, step + 1, course);
  give_back(from, to);
}

/// NVSwitches like few peers: only the GPUs before and after are tried.
void NcclChannelSearch::go_to_neighbours(int gpu, int step, Course course) {
  const int gpus = paths_.gpus(), before = (gpu + gpus - 1) % gpus, after = (gpu + 1) % gpus;
  const bool is_ring = sought_->pattern == NcclPattern::ring;
  const bool has_two = is_ring || sought_->pattern == NcclPattern::balanced_tree || sought_->pattern == NcclPattern::split_tree;
  const int first = is_ring ? before : after, second = is_ring ? after : before;
  if (!is_in_channel(first, step)) go_to(first, gpu, step, course);
  if (has_two && second != first && !is_in_channel(second, step)) go_to(second, gpu, step, course);
}

void NcclChannelSearch::close(int gpu, int step, Course course) {
  const int first = channel_.gpus.front();
  const int from = paths_.gpu_vertex(gpu), to = paths_.gpu_vertex(first);
  if (!take(from, to)) return;
  visit(first, step + 1, {.net_after = course.net_after, .order = course.order});
  give_back(from, to);
}

/// CollNet direct: the head sends each GPU its part, and each sends back as much.
void NcclChannelSearch::reach_all_directly(int head) {
  const int gpus = paths_.gpus(), at_head = paths_.gpu_vertex(head);
  const auto part = static_cast<float>(1.0 / (gpus - 1));
  int out = 0, back = 0;
  while (out < gpus && take(at_head, paths_.gpu_vertex(out), part)) ++out;
  while (out == gpus && back < gpus && take(paths_.gpu_vertex(back), at_head, part)) ++back;
  if (back == gpus) {
    std::size_t step = 1;
    for (int gpu = 0; gpu < gpus; ++gpu) {
      if (gpu != head) channel_.gpus[step++] = gpu;
    }
    visit(head, gpus, {});
  }
  while (back > 0) give_back(paths_.gpu_vertex(--back), at_head, part);
  while (out > 0) give_back(at_head, paths_.gpu_vertex(--out), part);
}

/// NVLS: the switch multicasts to all GPUs and reduces from all; the head has both its own part and the result.
void NcclChannelSearch::reach_all_by_switch(int head) {
  const int gpus = paths_.gpus(), at_switch = paths_.graph().nvswitch;
  const auto share = [&](int gpu) { return gpu == head ? 2.0F : 1.0F; };
  int out = 0, back = 0;
  while (out < gpus && take(at_switch, paths_.gpu_vertex(out), share(out))) ++out;
  while (out == gpus && back < gpus && take(paths_.gpu_vertex(back), at_switch, share(back))) ++back;
  if (back == gpus) visit(head, gpus, {});
  for (; back > 0; --back) give_back(paths_.gpu_vertex(back - 1), at_switch, share(back - 1));
  for (; out > 0; --out) give_back(at_switch, paths_.gpu_vertex(out - 1), share(out - 1));
}

bool NcclChannelSearch::is_inside(int from, int to) const {
  const auto is_net = [&](int vertex) { return paths_.graph().vertices[place(vertex)].kind == NcclVertexKind::net; };
  return !is_net(from) && !is_net(to);
}

double NcclChannelSearch::speed(int from, int to) const {
  return static_cast<double>(is_inside(from, to) ? sought_->speed_intra : sought_->speed_inter);
}

bool NcclChannelSearch::take(int from, int to, float share) { return take(from, to, share, speed(from, to) * share); }

bool NcclChannelSearch::take(int from, int to, float share, double speed) {
  const NcclPath& path = paths_.between(from, to);
  const PathType farthest = is_inside(from, to) ? sought_->type_intra : sought_->type_inter;
  if (path.type >= PathType::dis) return false;
  const bool is_symmetric = is_tree(sought_->pattern);  // data go up and down
  if (share == 1 && (path.type > farthest || (is_symmetric && paths_.between(to, from).type > farthest))) return false;
  if (!capacity_.take(path, speed)) return false;
  count_hops(path, share);
  return true;
}

void NcclChannelSearch::give_back(int from, int to, float share) { give_back(from, to, share, speed(from, to) * share); }

void NcclChannelSearch::give_back(int from, int to, float share, double speed) {
  capacity_.give_back(paths_.between(from, to), speed);
  count_hops(paths_.between(from, to), -share);
}

/// Parts of hops are cut off, so these do not add up to nothing again: which graph has fewer is decided by that in NCCL too.
void NcclChannelSearch::count_hops(const NcclPath& path, float share) {
  sought_->hops = static_cast<int>(static_cast<float>(sought_->hops) + share * static_cast<float>(path.links.size()));
}

void NcclChannelSearch::complete() {
  sought_->channels.push_back(channel_);
  if (is_better()) {
    *best_ = *sought_;
    if (sought_->count() == sought_->most_channels) budget_ = perfect;
  }
  if (sought_->count() < sought_->most_channels) next_channel();
  channel_ = std::move(sought_->channels.back());
  sought_->channels.pop_back();
}

bool NcclChannelSearch::is_better() const {
  const MegabytesPerSecond count = sought_->count(), best = best_->count();
  if (count < sought_->least_channels) return false;
  if (sought_->pattern == NcclPattern::nvls) {  // each channel is one GPU's part of the work: the more the better
    return (count > best && count <= paths_.gpus()) || count * sought_->speed_inter > best * best_->speed_inter;
  }
  const MegabytesPerSecond total = count * sought_->speed_intra, known = best * best_->speed_intra;
  if (total != known) return total > known;
  return sought_->pattern == best_->pattern && sought_->cross_nic == best_->cross_nic && sought_->hops < best_->hops;
}

bool NcclChannelSearch::is_in_channel(int gpu, int step) const {
  const auto end = channel_.gpus.begin() + step + 1;
  return std::find(channel_.gpus.begin(), end, gpu) != end;
}

/// Wide and near ones first; where a NIC is next, or is to be found again later, by their path to it.
std::vector<int> NcclChannelSearch::gpus_to_try(int gpu, int step, Course course) const {
  struct Score {
    std::tuple<MegabytesPerSecond, MegabytesPerSecond, std::size_t> inter{};
    std::pair<MegabytesPerSecond, std::size_t> intra{};
    int distance = 0;  // in numbers
    int gpu = 0;
  };
  const int gpus = paths_.gpus();
  std::vector<Score> scores;
  for (int distance = 1; distance < gpus; ++distance) {
    const int next = (gpu + distance) % gpus;
    const NcclPath& path = paths_.gpu_to_gpu(gpu, next);
    if (path.links.empty() || is_in_channel(next, step)) continue;
    Score score{.intra = {-(path.bandwidth / 1000), path.links.size()}, .distance = distance, .gpu = next};  // whole GB/s, as in NCCL
    if (course.net_after >= 0) {
      const NcclPath& from_net = paths_.net_to_gpu(channel_.net_in, next);
      score.inter = {-(from_net.bandwidth / 1000), -(paths_.pci_bandwidth(next) / 1000), from_net.links.size()};
    }
    scores.push_back(score);
  }
  std::sort(scores.begin(), scores.end(),
            [](const Score& a, const Score& b) { return std::tie(a.inter, a.intra, a.distance) < std::tie(b.inter, b.intra, b.distance); });
  std::vector<int> found;
  for (const Score& score : scores) found.push_back(score.gpu);
  const bool net_is_later = course.net_after >= 0 && course.net_after != step + 1;
  const bool are_alike = std::all_of(scores.begin(), scores.end(), [&](const Score& score) { return score.intra == scores.front().intra; });
  if (net_is_later && are_alike) std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace orrery::topology
