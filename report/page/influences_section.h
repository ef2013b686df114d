// How the iteration goes with each part of the machine, and with each constant: two tornadoes, what moves it most on top.
#pragma once

#include "report/page/page.h"
#include "workloads/influences.h"

namespace orrery::report {

Section parts_section(const workloads::Influences& influences);

/// Those by which an error of 10 % would move the iteration by a ten-thousandth; the table has all.
Section constants_section(const workloads::Influences& influences);

}  // namespace orrery::report
