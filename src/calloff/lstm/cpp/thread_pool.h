// Many jobs on a number of threads: each thread runs one job at a time, and threads for which no job is
// left take tasks of the jobs that still run.
#pragma once
#include <cstddef>
#include <functional>
#include "job_context.h"

namespace calloff {

using JobBody = std::function<void(std::size_t job, JobContext&)>;

// Runs body for each job, in the order given. The calling thread only watches: about every 20 ms it
// calls `watch`; whatever that throws stops the others and is thrown on, as is what a body throws.
// With 0 threads the calling thread runs all jobs itself, for work that is over in no time.
void run_jobs(std::size_t jobs, int threads, bool poison, RunStatus&, const JobBody&,
              const std::function<void()>& watch);

}  // namespace calloff
