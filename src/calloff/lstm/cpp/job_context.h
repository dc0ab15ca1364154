// What a job is given while it runs: the threads that may help it, and what all jobs share.
#pragma once
#include <atomic>
#include <cstdint>
#include "arena.h"
#include "task_team.h"

namespace calloff {

// Shared by all threads of one call.
struct RunStatus {
  std::atomic<bool> stop{false};             // the caller was interrupted
  std::atomic<std::int64_t> epochs_done{0};  // of all jobs
};

struct JobContext {
  TaskTeam& team;  // who takes tasks of this job
  int thread, threads;  // the number of the thread that runs the job, and how many there are
  RunStatus& status;
  bool poison = false;  // fill buffers with NaN first (for tests)
  AlignedFloats memory{};  // of the thread: what one group needs serves the next, and leaves no holes between results
};

}  // namespace calloff
