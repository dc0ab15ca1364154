// Which jobs are trained side by side, each network in a lane of the vectors (interleaved.h), and which alone. A
// network's numbers are the same either way, so only time decides.
#pragma once
#include <cstddef>
#include <vector>
#include "contract.h"

namespace calloff {

struct JobGroup { std::vector<std::size_t> members; };  // numbers of jobs

// The longest first, so that all threads end together.
std::vector<JobGroup> group_jobs(const std::vector<Job>&, const char* instruction_set, int threads);

}  // namespace calloff
