#include "model.h"

namespace calloff {

// Rows of a batch that are worked on together. It depends on the batch alone: the order of sums, and
// so each bit, is the same for any number of threads. 32 rows keep a slice in the second-level cache.
constexpr int usual_rows = evaluated_rows, max_slices = 16;

// The multiplications of a batch.
static double products_of(const NetworkPlan& plan, int steps, Index batch_rows) {
  double products = 0;
  int inputs = plan.features;
  for (const LayerPlan& layer : plan.layers)
    products += 12.0 * layer.units * (inputs + layer.units), inputs = layer.units;
  return products * steps * static_cast<double>(batch_rows);
}

static int most_units(const NetworkPlan& plan) {
  int units = 0;
  for (const LayerPlan& layer : plan.layers) units = std::max(units, layer.units);
  return units;
}

// Slices of a few rows each would read large kernels once for each slice. There all rows are one slice, and
// threads share the units of each layer, step by step: from these sizes on, what a thread reads of the
// others' results in each step costs little beside its products.
static bool shares_units(const NetworkPlan& plan, Index batch_rows) {
  constexpr int least_units = 512, most_rows = 128;
  return most_units(plan) >= least_units && batch_rows <= most_rows;
}

// A small batch is two slices where each outlasts by far the adding up of their gradients.
static int rows_per_slice(const NetworkPlan& plan, int steps, Index batch_rows) {
  constexpr double least_products = 8e6;
  const Index least = batch_rows > 1 && products_of(plan, steps, batch_rows) >= least_products ? 2 : 1;
  const Index slices = std::clamp<Index>((batch_rows + usual_rows - 1) / usual_rows, least, max_slices);
  return static_cast<int>((batch_rows + slices - 1) / slices);
}

static int slices_of(Index rows, int per_slice) {
  return static_cast<int>((rows + per_slice - 1) / per_slice);
}

int slices_of_batch(const NetworkPlan& plan, int steps, Index batch_rows) {
  return shares_units(plan, batch_rows) ? 1 : slices_of(batch_rows, rows_per_slice(plan, steps, batch_rows));
}

Model::Model(const NetworkPlan& plan, const Loss& loss, int steps, const Kernels& kernels, JobContext& context,
             int max_rows)
    : kernels_(kernels),
      context_(context),
      layout_(plan, loss, steps, kernels.lanes, kernels.lanes),
      shares_units_(shares_units(plan, max_rows)),
      team_{this, run_ranges},
      slice_rows_(shares_units_ ? max_rows : rows_per_slice(plan, steps, max_rows)),
      params_(layout_.net().parameters),
      transposed_(layout_.net().transposed, fill_of_buffers(context.poison)),
      losses_(max_slices),
      workspaces_(context.threads) {
  for (int k = 0; k < slices_of(max_rows, slice_rows_); ++k) {
    slice_gradients_.emplace_back(layout_.net().parameters, fill_of_buffers(context.poison));
    slice_pointers_.push_back(slice_gradients_.back().get());
  }
}

void Model::run_ranges(void* model, int count, void (*task)(void*, int), void* closure) {
  Model& self = *static_cast<Model*>(model);
  self.run_tasks(count, self.alone(), [=](int k, int) { task(closure, k); });
}

Workspace& Model::workspace_of(int thread) {
  if (!workspaces_[thread])
    workspaces_[thread] =
        std::make_unique<WorkspaceMemory>(layout_.net(), std::max(slice_rows_, usual_rows), context_.poison);
  return workspaces_[thread]->workspace();
}

void Model::transpose_kernels() {
  const Network& net = layout_.net();
  const bool here = alone() || net.parameters < shared_parameters;
  const int parts = here ? 1 : 8;
  run_tasks((net.depth + 1) * parts, here, [&](int task, int) {
    kernels_.transpose(net, params_.get(), transposed_.get(), task / parts, {task % parts, parts});
  });
}

double Model::gradients_of_slice(Slice slice, int number, int thread) {
  if (context_.status.stop) return 0;
  Workspace& work = workspace_of(thread);
  kernels_.forward(layout_.net(), params_.get(), work, slice);
  kernels_.backward(layout_.net(), transposed_.get(), work, slice, slice_pointers_[number]);
  return work.loss;
}

double Model::compute_gradients(Slice batch) {
  const int slices = slices_of(batch.batch_rows, slice_rows_);
  const Index per_slice = (batch.batch_rows + slices - 1) / slices;
  run_tasks(slices, alone(), [&](int number, int thread) {
    Slice slice = batch;
    slice.first = number * per_slice;
    slice.rows = static_cast<int>(std::min(per_slice, batch.batch_rows - slice.first));
    slice.team = shares_units_ ? &team_ : nullptr;
    losses_[number] = gradients_of_slice(slice, number, thread);
  });
  double loss = 0;
  for (int number = 0; number < slices; ++number) loss += losses_[number];
  if (slices > 1)
    for_blocks([&](std::size_t from, std::size_t n) {
      kernels_.add_gradients(slice_pointers_.data(), slices, from, n);
    });
  return loss / static_cast<double>(batch.batch_rows);
}

void Model::copy_predictions(const Slice& slice, const Workspace& work, float* predictions) const {
  const int outputs = layout_.net().head.outputs, lanes = layout_.net().lanes;
  for (int n = 0; n < slice.rows; ++n)
    for (int o = 0; o < outputs; ++o)
      predictions[(slice.first + n) * outputs + o] =
          work.predictions[(static_cast<Index>(o / lanes) * slice.rows + n) * lanes + o % lanes];
}

double Model::evaluate_slice(Slice slice, float* predictions, int thread) {
  Workspace& work = workspace_of(thread);
  kernels_.forward(layout_.net(), params_.get(), work, slice);
  if (predictions) copy_predictions(slice, work, predictions);
  return work.loss;
}

double Model::evaluate(const Data& data, float* predictions) {
  double total = 0;
  constexpr Index phase_rows = 8192 * usual_rows;  // so that a long evaluation can be interrupted
  losses_.resize(std::max<std::size_t>(losses_.size(), slices_of(std::min(data.samples, phase_rows), usual_rows)));
  for (Index start = 0; start < data.samples && !context_.status.stop; start += phase_rows) {
    const int slices = slices_of(std::min(phase_rows, data.samples - start), usual_rows);
    run_tasks(slices, alone(), [&](int number, int thread) {
      if (context_.status.stop) return;
      Slice slice{&data, nullptr, start + static_cast<Index>(number) * usual_rows, 0, 1, 0, {}, false};
      slice.rows = static_cast<int>(std::min<Index>(usual_rows, data.samples - slice.first));
      losses_[number] = evaluate_slice(slice, predictions, thread);
    });
    for (int number = 0; number < slices; ++number) total += losses_[number];
  }
  return total;
}

}  // namespace calloff
