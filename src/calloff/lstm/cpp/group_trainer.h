// Trains several networks of one plan at once, each in a lane of the vectors.
#pragma once
#include <vector>
#include "job_context.h"
#include "kernels.h"

namespace calloff {

// Jobs that job_groups.h found alike, at most as many as `wide` has lanes. Their numbers are those that `alone`
// gives each of them.
std::vector<Outcome> train_group(const std::vector<const Job*>&, const Kernels& alone, const Kernels& wide, JobContext&);

}  // namespace calloff
