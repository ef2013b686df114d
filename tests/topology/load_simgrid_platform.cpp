// load_simgrid_platform FILE [FROM TO]...: what SimGrid makes of a platform. It knows one platform a process, so that tests run this apart.
// Prints the numbers of hosts and links, then for each pair the route's links and its latency.
#include <cstdlib>
#include <iostream>
#include <simgrid/s4u.hpp>
#include <vector>

int main(int argc, char** argv) {
  namespace s4u = simgrid::s4u;
  int engine_arguments = 1;
  s4u::Engine engine(&engine_arguments, argv);
  engine.load_platform(argv[1]);
  engine.seal_platform();  // zones find their routes then
  std::cout << engine.get_host_count() << " hosts, " << engine.get_link_count() << " links\n";
  for (int i = 2; i + 1 < argc; i += 2) {
    std::vector<s4u::Link*> links;
    double latency = 0;
    engine.host_by_name(argv[i])->route_to(engine.host_by_name(argv[i + 1]), links, &latency);
    for (const s4u::Link* link : links) std::cout << link->get_name() << ' ';
    std::cout << latency << '\n';
  }
  std::cout.flush();
  std::_Exit(0);  // taking the engine down serves nobody
}
