// A fabric drawn by what is alike in it (topology/fabric_classes.h): as text for a terminal, and as a picture that looks the same for 20
// nodes and for 20,000.
//
//     print(fabric_text(cluster, "Selene's half"));
//     write_file("fabric.svg", fabric_svg(cluster, "Selene's half"));
#pragma once

#include <string>

#include "report/terminal_style.h"
#include "topology/cluster.h"

namespace orrery::report {

/// Levels from the top down, each with its kinds of switches, and between them the cables.
std::string fabric_text(const topology::Cluster& cluster, const std::string& title, const TerminalStyle& style);

/// A whole SVG document of about 1,200 x 600, without scripts or outside parts; legible on white and on black.
std::string fabric_svg(const topology::Cluster& cluster, const std::string& title);

}  // namespace orrery::report
