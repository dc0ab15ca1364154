#include "group_trainer.h"

#include <algorithm>
#include "adam_steps.h"
#include "job_progress.h"
#include "model.h"
#include "weight_rules.h"

namespace calloff {
namespace {

class GroupTrainer {
 public:
  GroupTrainer(const std::vector<const Job*>&, const Kernels& alone, const Kernels& wide, JobContext&);
  std::vector<Outcome> run();

 private:
  std::size_t place(float* base);
  // Lanes without a job repeat the last one.
  int member_of(int lane) const { return std::min(lane, static_cast<int>(members_.size()) - 1); }
  Index batch_rows() const { return std::min<Index>(first_.training.batch_size, first_.data.samples); }
  void pass_forward(bool validation, Index start, Index rows);
  void run_batch(Index start, Index rows);
  std::vector<double> run_epoch();
  std::vector<double> validate();
  void end_epoch(int epoch, const std::vector<double>& losses, const std::vector<double>& val_losses);
  bool any_runs() const {
    return std::any_of(members_.begin(), members_.end(), [](const JobProgress& m) { return m.running(); });
  }

  const Job& first_;  // for what all have in common
  const int alone_lanes_;
  const Kernels& kernels_;
  JobContext& context_;
  NetworkLayout layout_;
  GroupRules rules_;
  WorkspaceMemory memory_;
  std::size_t count_;  // of the parameters of all lanes
  float *params_, *gradients_, *m_, *v_, *kept_;
  std::vector<JobProgress> members_;
  std::vector<Slice> slices_;           // of each lane
  std::vector<double> losses_;          // of each lane's slice or batch
  AdamSteps steps_;
  std::uint32_t batches_ = 0;
};

GroupTrainer::GroupTrainer(const std::vector<const Job*>& jobs, const Kernels& alone, const Kernels& wide,
                           JobContext& context)
    : first_(*jobs[0]),
      alone_lanes_(alone.lanes),
      kernels_(wide),
      context_(context),
      layout_(first_.plan, first_.training.loss, std::max(first_.data.steps, first_.validation.steps), wide.lanes, 1),
      rules_(first_.rules, layout_, wide, alone.lanes),
      memory_(layout_.net(), static_cast<int>(batch_rows()), context.poison),
      count_(layout_.net().parameters),
      slices_(wide.lanes),
      losses_(wide.lanes),
      steps_(first_.training) {
  const std::size_t floats = place(nullptr);
  if (context.memory.size() < floats || context.poison)
    context.memory = AlignedFloats(floats, fill_of_buffers(context.poison));
  place(context.memory.get());
  for (float* zeroed : {params_, m_, v_}) std::fill_n(zeroed, count_, 0.0f);
  for (const Job* job : jobs) members_.emplace_back(*job, context.status);
  for (int lane = 0; lane < wide.lanes; ++lane)
    layout_.pack(members_[member_of(lane)].job().weights, params_ + lane);
  std::copy_n(params_, count_, kept_);
}

// Gives how many floats it takes.
std::size_t GroupTrainer::place(float* base) {
  Arena arena(base);
  for (float** p : {&params_, &gradients_, &m_, &v_, &kept_}) *p = arena.allocate(count_);
  return arena.used();
}

// Rows from `start` on, of the training samples in their order or of those for validation; adds to the losses.
void GroupTrainer::pass_forward(bool validation, Index start, Index rows) {
  for (int lane = 0; lane < kernels_.lanes; ++lane) {
    const JobProgress& member = members_[member_of(lane)];
    const Job& job = member.job();
    slices_[lane] = validation ? Slice{&job.validation, nullptr, start, 0, 1, 0, {}, false}
                               : Slice{&job.data, member.order() + start, 0, 0, rows, batches_, member.key(), true};
    slices_[lane].rows = static_cast<int>(rows);
  }
  kernels_.forward_group(layout_.net(), params_, memory_.workspace(), slices_.data(), losses_.data(), alone_lanes_);
}

// Leaves the mean losses of the batch, with the penalties.
void GroupTrainer::run_batch(Index start, Index rows) {
  std::fill(losses_.begin(), losses_.end(), 0.0);
  pass_forward(false, start, rows);
  ++batches_;
  kernels_.backward_group(layout_.net(), params_, memory_.workspace(), slices_.data(), gradients_,
                          alone_lanes_);
  const std::vector<double> penalties = rules_.penalties(params_, gradients_);
  for (std::size_t k = 0; k < losses_.size(); ++k) losses_[k] = losses_[k] / static_cast<double>(rows) + penalties[k];
  kernels_.adam(steps_.next(members_[0].rate()), params_, m_, v_, gradients_, count_);
  rules_.project(params_);
}

// The mean loss of each network.
std::vector<double> GroupTrainer::run_epoch() {
  std::vector<double> totals(members_.size());
  const Index samples = first_.data.samples;
  for (Index start = 0; start < samples && !context_.status.stop; start += first_.training.batch_size) {
    const Index rows = std::min<Index>(first_.training.batch_size, samples - start);
    run_batch(start, rows);
    for (std::size_t k = 0; k < members_.size(); ++k) totals[k] += losses_[k] * static_cast<double>(rows);
  }
  for (double& total : totals) total /= static_cast<double>(samples);
  return totals;
}

std::vector<double> GroupTrainer::validate() {
  std::vector<double> totals(members_.size());
  const Index samples = first_.validation.samples;
  // The losses are added up by as many rows as Model::evaluate does, so that they are rounded as there.
  for (Index slice = 0; slice < samples && !context_.status.stop; slice += evaluated_rows) {
    const Index end = std::min(slice + evaluated_rows, samples);
    std::fill(losses_.begin(), losses_.end(), 0.0);
    for (Index start = slice; start < end; start += batch_rows())
      pass_forward(true, start, std::min(batch_rows(), end - start));
    for (std::size_t k = 0; k < members_.size(); ++k) totals[k] += losses_[k];
  }
  if (samples == 0) return totals;
  const std::vector<double> penalties = rules_.penalties(params_, nullptr);
  for (std::size_t k = 0; k < members_.size(); ++k) totals[k] = totals[k] / static_cast<double>(samples) + penalties[k];
  return totals;
}

void GroupTrainer::end_epoch(int epoch, const std::vector<double>& losses, const std::vector<double>& val_losses) {
  const unsigned finite = kernels_.finite_lanes(params_, count_);
  unsigned keep = 0;
  for (std::size_t k = 0; k < members_.size(); ++k)
    if (members_[k].running() && members_[k].end_epoch(epoch, losses[k], val_losses[k], finite >> k & 1))
      keep |= 1u << k;
  kernels_.keep_lanes(keep, params_, kept_, count_);
}

std::vector<Outcome> GroupTrainer::run() {
  for (int epoch = 0; epoch < first_.training.epochs && any_runs(); ++epoch) {
    for (JobProgress& member : members_) member.begin_epoch(epoch);
    const std::vector<double> losses = run_epoch(), val_losses = validate();
    if (context_.status.stop) break;
    end_epoch(epoch, losses, val_losses);
  }
  std::vector<Outcome> outcomes;
  for (std::size_t k = 0; k < members_.size(); ++k) {
    outcomes.push_back(members_[k].take_outcome());
    outcomes.back().weights = layout_.unpack(kept_ + k);
  }
  return outcomes;
}

}  // namespace

std::vector<Outcome> train_group(const std::vector<const Job*>& jobs, const Kernels& alone, const Kernels& wide,
                                 JobContext& context) {
  std::vector<Outcome> outcomes = GroupTrainer(jobs, alone, wide, context).run();
  for (Outcome& outcome : outcomes) outcome.instruction_set = alone.name;
  return outcomes;
}

}  // namespace calloff
