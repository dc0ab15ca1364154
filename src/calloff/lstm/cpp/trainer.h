// Trains one network: epochs, batches, Adam, validation, early stopping.
#pragma once
#include <algorithm>
#include <atomic>
#include <memory>
#include "gang.h"
#include "memory.h"

namespace calloff {

// What all threads of one call share.
struct Signals {
  std::atomic<bool> stop{false};          // the caller was interrupted
  std::atomic<std::int64_t> epochs{0};    // finished, of all jobs
};

// Where a job runs: who helps it, and who it is.
struct Place {
  Gang& gang;
  int thread, threads;
  Signals& signals;
  bool poison = false;  // fill buffers with NaN first (for tests)
};

// The network of a job in memory, and the passes over slices of its data.
class Model {
 public:
  Model(const NetPlan&, const LossPlan&, int steps, const Kernels&, Place&, int most_rows);
  const Layout& layout() const { return layout_; }
  float* params() { return params_.get(); }
  void turn();  // after each change of params, before `backward`
  // The loss (sum over samples of w_n l_n) of all samples, without dropout; predictions if asked.
  double evaluate(const Data&, float* predictions);
  // The gradients of a batch into gradients(); returns the batch's loss (a mean).
  double learn(Slice batch);
  float* gradients() { return parts_[0].get(); }
  const Kernels& kernels() const { return kernels_; }
  Place& place() { return place_; }
  // body(first, count) for stretches of the parameters, by several threads if there are many.
  template <class Body>
  void each_block(Body body) {
    const std::size_t all = params_.size(), blocks = (all + block_size - 1) / block_size;
    place_.gang.run(static_cast<int>(blocks), place_.thread, place_.threads == 1, [&](int block, int) {
      const std::size_t from = block * block_size;
      body(from, std::min(block_size, all - from));
    });
  }

 private:
  static constexpr std::size_t block_size = 16384;
  Work& work_of(int thread);
  const Kernels& kernels_;
  Place& place_;
  Layout layout_;
  int slice_rows_;
  Floats params_, turned_;
  std::vector<Floats> parts_;  // gradients of each slice of a batch
  std::vector<float*> part_pointers_;
  std::vector<double> losses_;
  std::vector<std::unique_ptr<Buffers>> buffers_;  // of each thread, made when first used
};

Result train(const Job&, const Kernels&, Place&);

}  // namespace calloff
