#include "thread_pool.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>
#include "flush_to_zero.h"

namespace calloff {
namespace {

class ThreadPool {
 public:
  ThreadPool(std::size_t jobs, int threads, bool poison, RunStatus& status, const JobBody& body)
      : jobs_(jobs), poison_(poison), status_(status), body_(body), teams_(threads) {}

  void run(const std::function<void()>& watch) {
    std::vector<std::thread> threads = start();
    try {
      wait(watch);
    } catch (...) {
      stop(std::current_exception());
    }
    for (std::thread& t : threads) t.join();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::vector<std::thread> start() {
    std::vector<std::thread> threads;
    const int count = static_cast<int>(teams_.size());
    working_ = count;
    for (int k = 0; k < count; ++k) {
      try {
        threads.emplace_back([this, k] { work(k); });
      } catch (...) {  // the system gives no more threads: do with those there are
        std::lock_guard lock(mutex_);
        working_ -= count - k;
        if (k == 0) error_ = std::current_exception();
        break;
      }
    }
    return threads;
  }

  void wait(const std::function<void()>& watch) {
    std::unique_lock lock(mutex_);
    while (!finished_.wait_for(lock, std::chrono::milliseconds(20), [&] { return working_ == 0; })) {
      lock.unlock();
      watch();
      lock.lock();
    }
  }

  void work(int thread) {
    const FlushToZero flush;
    JobContext context{teams_[thread], thread, static_cast<int>(teams_.size()), status_, poison_};
    try {
      for (std::size_t k; !status_.stop && (k = next_.fetch_add(1)) < jobs_;) {
        body_(k, context);
        ended_.fetch_add(1);
      }
      help_others(thread);
    } catch (...) {
      stop(std::current_exception());
    }
    std::lock_guard lock(mutex_);
    --working_;
    finished_.notify_all();
  }

  void help_others(int thread) {
    for (int round = 0; !status_.stop && ended_.load() < jobs_; ++round) {
      bool busy = false;
      for (TaskTeam& team : teams_)
        while (team.take_one(thread)) busy = true;
      if (busy) round = 0;
      else back_off(round);
    }
  }

  void stop(std::exception_ptr error) {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    status_.stop = true;
  }

  const std::size_t jobs_;
  const bool poison_;
  RunStatus& status_;
  const JobBody& body_;
  std::vector<TaskTeam> teams_;  // of the job of each thread
  std::atomic<std::size_t> next_{0}, ended_{0};
  std::mutex mutex_;
  std::condition_variable finished_;
  int working_ = 0;
  std::exception_ptr error_;
};

void run_here(std::size_t jobs, bool poison, RunStatus& status, const JobBody& body) {
  const FlushToZero flush;
  TaskTeam team;
  JobContext context{team, 0, 1, status, poison};
  for (std::size_t k = 0; k < jobs; ++k) body(k, context);
}

}  // namespace

void run_jobs(std::size_t jobs, int threads, bool poison, RunStatus& status, const JobBody& body,
              const std::function<void()>& watch) {
  if (threads == 0) return run_here(jobs, poison, status, body);
  ThreadPool(jobs, std::max(threads, 1), poison, status, body).run(watch);
}

}  // namespace calloff
