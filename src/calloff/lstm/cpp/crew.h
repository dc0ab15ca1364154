// Many jobs on a number of threads: a job per thread at a time; threads without a job of their own
// help the jobs that still run.
#pragma once
#include <exception>
#include <functional>
#include <vector>
#include "trainer.h"

namespace calloff {

// Subnormal numbers count as zero while one of these lives: a dead unit's moments in Adam sink
// through them for thousands of steps, and some processors take a hundred times as long for each.
class FlushToZero {
 public:
  FlushToZero();
  ~FlushToZero();
  FlushToZero(const FlushToZero&) = delete;

 private:
  unsigned long before_;
};

using Body = std::function<void(std::size_t task, Place&)>;

// Runs body for each task, in the order given. The calling thread only watches: about every 20 ms it
// calls `watch`; whatever that throws stops the others and is thrown on, as is what a body throws.
void run_crew(std::size_t tasks, int threads, bool poison, Signals&, const Body& body,
              const std::function<void()>& watch);

std::vector<Result> train_all(const std::vector<Job>&, const char* kernels, int threads, bool poison,
                              Signals&, const std::function<void()>& watch);

// The kernels by name, or, without one, those that suit the plan best.
const Kernels& choose_kernels(const char* name, const NetPlan&);

}  // namespace calloff
