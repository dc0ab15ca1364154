// Threads that share the work of one job. The job's own thread publishes a phase (n tasks and a function
// to call for each); it and any idle thread take tasks until none is left. Which thread takes which
// task never matters to the result: each task writes to memory of its own.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>
#include <thread>

namespace calloff {

// Waits a little, the longer the more rounds have found nothing to do.
inline void back_off(int round) {
  if (round < 2048) {
    for (int k = 0; k < 32; ++k) std::atomic_signal_fence(std::memory_order_seq_cst);
  } else if (round < 6144) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

class TaskTeam {
 public:
  using Task = void (*)(void* closure, int task, int thread);

  // Runs body(task, thread) for each task in 0 .. count - 1; returns when all are done.
  template <class Body>
  void run(int count, int thread, bool alone, Body body) {
    if (alone || count == 1) {
      for (int k = 0; k < count; ++k) body(k, thread);
      return;
    }
    publish(count, [](void* b, int task, int by) { (*static_cast<Body*>(b))(task, by); }, &body);
    while (take_one<true>(thread)) {}
    for (int round = 0; done_.load(std::memory_order_acquire) < count; ++round) back_off(round);
    if (failed_.exchange(false)) throw std::bad_alloc();  // all that a task may throw
  }

  // For an idle thread: true if there was something to do. The owner takes the first tasks and others the
  // last ones, so that from phase to phase a task finds its data in the cache of the same processor.
  template <bool owner = false>
  bool take_one(int thread) {
    std::uint64_t seen = state_.load(std::memory_order_acquire);
    while (first(seen) < end(seen)) {
      const Task task = task_.load(std::memory_order_relaxed);
      void* const closure = closure_.load(std::memory_order_relaxed);
      // Succeeds only if the phase is still the one whose task and closure were just read.
      const std::uint64_t left = owner ? seen + 1 : seen - (std::uint64_t{1} << 18);
      if (!state_.compare_exchange_weak(seen, left, std::memory_order_acq_rel)) continue;
      try {
        task(closure, static_cast<int>(owner ? first(seen) : end(seen) - 1), thread);
      } catch (...) {  // the owner waits for every task, and its `body` lives until then
        failed_ = true;
      }
      done_.fetch_add(1, std::memory_order_acq_rel);
      return true;
    }
    return false;
  }

  static constexpr int max_tasks = (1 << 18) - 1;

 private:
  // state: phase (28 bits), end of the tasks that are left (18), the first of them (18)
  static std::uint64_t first(std::uint64_t s) { return s & max_tasks; }
  static std::uint64_t end(std::uint64_t s) { return (s >> 18) & max_tasks; }

  void publish(int count, Task task, void* closure) {
    done_.store(0, std::memory_order_relaxed);
    task_.store(task, std::memory_order_relaxed);
    closure_.store(closure, std::memory_order_relaxed);
    const std::uint64_t phase = (state_.load(std::memory_order_relaxed) >> 36) + 1;
    state_.store(phase << 36 | static_cast<std::uint64_t>(count) << 18, std::memory_order_release);
  }

  std::atomic<std::uint64_t> state_{0};
  std::atomic<Task> task_{nullptr};
  std::atomic<void*> closure_{nullptr};
  std::atomic<int> done_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace calloff
