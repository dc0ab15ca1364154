// Which of the compiled tables of kernels run here, and which one a network gets.
#pragma once
#include <string>
#include <vector>
#include "kernels.h"

namespace calloff {

// The names of the instruction sets that this processor runs, the fastest first.
std::vector<std::string> instruction_sets();

// The kernels by name, or, without one, those that suit the network best. Throws for a name that this
// processor does not run.
const Kernels& choose_kernels(const char* name, const NetworkPlan&);

// The kernels by name, or, without one, those with the most lanes.
const Kernels& widest_kernels(const char* name);

}  // namespace calloff
