// Trains networks: epochs, batches, Adam, validation, early stopping.
#pragma once
#include <functional>
#include <vector>
#include "job_context.h"
#include "kernels.h"

namespace calloff {

Outcome train(const Job&, const Kernels&, JobContext&);

// Each job by the kernels named, or by those that suit it best; see thread_pool.h for `watch`.
std::vector<Outcome> train_all(const std::vector<Job>&, const char* instruction_set, int threads, bool poison,
                               RunStatus&, const std::function<void()>& watch);

}  // namespace calloff
