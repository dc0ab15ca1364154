// Threads that share the work of one job. The job's own thread publishes a phase (n tasks and what
// to do for each); it and any idle thread take tasks until none is left. Which thread takes which
// task never matters to the result: tasks write to places of their own.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>
#include <thread>

namespace calloff {

// Waits a little, the longer the more rounds have passed in vain.
inline void relax(int round) {
  if (round < 64) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  } else if (round < 4096) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

class Gang {
 public:
  using Task = void (*)(void* context, int task, int thread);

  // Runs body(task, thread) for each task in 0 .. count - 1; returns when all are done.
  template <class Body>
  void run(int count, int thread, bool alone, Body body) {
    if (alone || count == 1) {
      for (int k = 0; k < count; ++k) body(k, thread);
      return;
    }
    publish(count, [](void* b, int task, int who) { (*static_cast<Body*>(b))(task, who); }, &body);
    while (take_one(thread)) {}
    for (int round = 0; done_.load(std::memory_order_acquire) < count; ++round) relax(round);
    if (failed_.exchange(false)) throw std::bad_alloc();  // all that a task may throw
  }

  // For an idle thread: true if there was something to do.
  bool take_one(int thread) {
    std::uint64_t seen = state_.load(std::memory_order_acquire);
    while (next(seen) < count(seen)) {
      const Task task = task_.load(std::memory_order_relaxed);
      void* const context = context_.load(std::memory_order_relaxed);
      // Succeeds only if the phase is still the one whose task and context were just read.
      if (!state_.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) continue;
      try {
        task(context, static_cast<int>(next(seen)), thread);
      } catch (...) {  // the owner waits for every task, and its `body` lives until then
        failed_ = true;
      }
      done_.fetch_add(1, std::memory_order_acq_rel);
      return true;
    }
    return false;
  }

  static constexpr int most_tasks = (1 << 18) - 1;

 private:
  // state: phase (28 bits), number of tasks (18), next task (18)
  static std::uint64_t next(std::uint64_t s) { return s & most_tasks; }
  static std::uint64_t count(std::uint64_t s) { return (s >> 18) & most_tasks; }

  void publish(int count, Task task, void* context) {
    done_.store(0, std::memory_order_relaxed);
    task_.store(task, std::memory_order_relaxed);
    context_.store(context, std::memory_order_relaxed);
    const std::uint64_t phase = (state_.load(std::memory_order_relaxed) >> 36) + 1;
    state_.store(phase << 36 | static_cast<std::uint64_t>(count) << 18, std::memory_order_release);
  }

  std::atomic<std::uint64_t> state_{0};
  std::atomic<Task> task_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<int> done_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace calloff
