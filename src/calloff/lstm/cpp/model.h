// The network of a job in memory, and the passes over slices of its data.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>
#include "arena.h"
#include "job_context.h"
#include "kernels.h"
#include "layout.h"
#include "workspace.h"

namespace calloff {

constexpr Index evaluated_rows = 32;  // that are added up before others

// Slices that a batch is worked on in.
int slices_of_batch(const NetworkPlan&, int steps, Index batch_rows);

class Model {
 public:
  Model(const NetworkPlan&, const Loss&, int steps, const Kernels&, JobContext&, int max_rows);
  const NetworkLayout& layout() const { return layout_; }
  const Kernels& kernels() const { return kernels_; }
  float* params() { return params_.get(); }
  float* gradients() { return slice_gradients_[0].get(); }
  const float* transposed() const { return transposed_.get(); }
  // After each change of params, before gradients are asked for.
  void transpose_kernels();
  // The loss (sum over samples of w_n l_n) of all samples, without dropout; predictions if asked.
  double evaluate(const Data&, float* predictions);
  // The gradients of a batch into gradients(); returns the batch's loss (a mean).
  double compute_gradients(Slice batch);
  // body(first, count) for blocks of the parameters, by several threads if there are many.
  template <class Body>
  void for_blocks(Body body) {
    const std::size_t count = params_.size(), blocks = (count + block_size - 1) / block_size;
    run_tasks(static_cast<int>(blocks), alone() || count < shared_parameters, [&](int block, int) {
      const std::size_t from = block * block_size;
      body(from, std::min(block_size, count - from));
    });
  }

 private:
  static constexpr std::size_t block_size = 16384, shared_parameters = 131072;
  bool alone() const { return context_.threads == 1; }
  template <class Body>
  void run_tasks(int count, bool alone, Body body) {
    context_.team.run(count, context_.thread, alone, body);
  }
  Workspace& workspace_of(int thread);
  static void run_ranges(void* model, int count, void (*task)(void* closure, int k), void* closure);
  double gradients_of_slice(Slice, int number, int thread);
  double evaluate_slice(Slice, float* predictions, int thread);
  void copy_predictions(const Slice&, const Workspace&, float* predictions) const;

  const Kernels& kernels_;
  JobContext& context_;
  NetworkLayout layout_;
  const bool shares_units_;  // a batch is one slice, and threads share the units of each layer
  const SliceTeam team_;
  int slice_rows_;
  AlignedFloats params_, transposed_;
  std::vector<AlignedFloats> slice_gradients_;  // of each slice of a batch
  std::vector<float*> slice_pointers_;
  std::vector<double> losses_;
  std::vector<std::unique_ptr<WorkspaceMemory>> workspaces_;  // of each thread, made when first used
};

}  // namespace calloff
