#include "crew.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace calloff {

#if defined(__SSE2__)
FlushToZero::FlushToZero() : before_(_mm_getcsr()) { _mm_setcsr(static_cast<unsigned>(before_) | 0x8040); }
FlushToZero::~FlushToZero() { _mm_setcsr(static_cast<unsigned>(before_)); }
#elif defined(__aarch64__) && defined(__GNUC__)
FlushToZero::FlushToZero() {
  asm volatile("mrs %0, fpcr" : "=r"(before_));
  asm volatile("msr fpcr, %0" ::"r"(before_ | (1ul << 24)));
}
FlushToZero::~FlushToZero() { asm volatile("msr fpcr, %0" ::"r"(before_)); }
#else
FlushToZero::FlushToZero() : before_(0) {}
FlushToZero::~FlushToZero() = default;
#endif

namespace {

class Crew {
 public:
  Crew(std::size_t tasks, int threads, bool poison, Signals& signals, const Body& body)
      : tasks_(tasks), poison_(poison), signals_(signals), body_(body), gangs_(threads) {}

  void run(const std::function<void()>& watch) {
    std::vector<std::thread> threads;
    const int count = static_cast<int>(gangs_.size());
    working_ = count;
    for (int k = 0; k < count; ++k) {
      try {
        threads.emplace_back([this, k] { work(k); });
      } catch (...) {  // no more threads to be had: do with those there are
        std::lock_guard lock(mutex_);
        working_ -= count - k;
        if (k == 0) error_ = std::current_exception();
        break;
      }
    }
    try {
      std::unique_lock lock(mutex_);
      while (!finished_.wait_for(lock, std::chrono::milliseconds(20), [&] { return working_ == 0; })) {
        lock.unlock();
        watch();
        lock.lock();
      }
    } catch (...) {
      error_now(std::current_exception());
    }
    for (std::thread& t : threads) t.join();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void work(int thread) {
    const FlushToZero flush;
    Place place{gangs_[thread], thread, static_cast<int>(gangs_.size()), signals_, poison_};
    try {
      for (std::size_t k; !signals_.stop && (k = next_.fetch_add(1)) < tasks_;) {
        body_(k, place);
        ended_.fetch_add(1);
      }
      help(thread);
    } catch (...) {
      error_now(std::current_exception());
    }
    std::lock_guard lock(mutex_);
    --working_;
    finished_.notify_all();
  }

  void help(int thread) {
    for (int round = 0; !signals_.stop && ended_.load() < tasks_; ++round) {
      bool busy = false;
      for (Gang& gang : gangs_)
        while (gang.take_one(thread)) busy = true;
      if (busy) round = 0;
      else relax(round);
    }
  }

  void error_now(std::exception_ptr error) {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    signals_.stop = true;
  }

  const std::size_t tasks_;
  const bool poison_;
  Signals& signals_;
  const Body& body_;
  std::vector<Gang> gangs_;
  std::atomic<std::size_t> next_{0}, ended_{0};
  std::mutex mutex_;
  std::condition_variable finished_;
  int working_ = 0;
  std::exception_ptr error_;
};

double cost(const Job& job) {
  double per_step = 0, inputs = job.plan.features;
  for (const LayerPlan& l : job.plan.layers) per_step += (inputs + l.units) * l.units, inputs = l.units;
  return per_step * job.data.steps * static_cast<double>(job.data.samples) * job.training.epochs;
}

}  // namespace

void run_crew(std::size_t tasks, int threads, bool poison, Signals& signals, const Body& body,
              const std::function<void()>& watch) {
  Crew(tasks, std::max(threads, 1), poison, signals, body).run(watch);
}

const Kernels& choose_kernels(const char* name, const NetPlan& plan) {
  if (name) {
    if (const Kernels* k = find_kernels(name)) return *k;
    throw std::invalid_argument("this processor does not run the instruction set " + std::string(name));
  }
  const std::vector<std::string> names = kernel_names();
  const Kernels* best = nullptr;
  double least = 0;
  for (const std::string& each : names) {
    const Kernels* k = find_kernels(each.c_str());
    double vectors = 0;
    for (const LayerPlan& l : plan.layers) vectors += (l.units + k->lanes - 1) / k->lanes;
    // As many vectors of 8 as of 16: half of each wide one would be padding, so take the narrow.
    if (!best || vectors < least || (vectors == least && k->lanes >= 8)) best = k, least = vectors;
  }
  return *best;
}

std::vector<Result> train_all(const std::vector<Job>& jobs, const char* kernels, int threads, bool poison,
                              Signals& signals, const std::function<void()>& watch) {
  std::vector<std::size_t> order(jobs.size());  // the longest first, so that all end together
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return cost(jobs[a]) > cost(jobs[b]); });
  std::vector<Result> results(jobs.size());
  run_crew(jobs.size(), threads, poison, signals, [&](std::size_t task, Place& place) {
    const Job& job = jobs[order[task]];
    results[order[task]] = train(job, choose_kernels(kernels, job.plan), place);
  }, watch);
  return results;
}

}  // namespace calloff
