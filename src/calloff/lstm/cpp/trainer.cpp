#include "trainer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include "adam_steps.h"
#include "dispatch.h"
#include "group_trainer.h"
#include "job_groups.h"
#include "job_progress.h"
#include "model.h"
#include "thread_pool.h"
#include "weight_rules.h"

namespace calloff {
namespace {

class Trainer {
 public:
  Trainer(const Job&, const Kernels&, JobContext&);
  Outcome run();

 private:
  double run_epoch();
  double penalty(float* gradients) { return rules_.penalty(model_.params(), model_.transposed(), gradients); }
  void update();
  void clip();
  void clip_norm(const Variable* only, double limit);
  bool weights_are_finite();
  void keep_weights() { std::copy_n(model_.params(), parameter_count_, kept_.get()); }

  const Job& job_;
  const Training& training_;
  JobContext& context_;
  JobProgress progress_;
  Model model_;
  WeightRules rules_;
  const std::size_t parameter_count_;
  AlignedFloats m_, v_;  // Adam's moments
  AlignedFloats kept_;   // weights after the last finite epoch, or after the best one
  AdamSteps steps_;
  std::uint32_t batches_ = 0;
};

Trainer::Trainer(const Job& job, const Kernels& kernels, JobContext& context)
    : job_(job),
      training_(job.training),
      context_(context),
      progress_(job, context.status),
      model_(job.plan, job.training.loss, std::max(job.data.steps, job.validation.steps), kernels, context,
             static_cast<int>(std::min<Index>(job.training.batch_size, job.data.samples))),
      rules_(job.rules, model_.layout(), kernels),
      parameter_count_(model_.layout().net().parameters),
      m_(parameter_count_),
      v_(parameter_count_),
      kept_(parameter_count_, Fill::nothing),
      steps_(job.training) {
  model_.layout().pack(job.weights, model_.params());
  keep_weights();
}

// The mean loss of the epoch; not finite as soon as one batch's is not.
double Trainer::run_epoch() {
  double total = 0;
  for (Index start = 0; start < job_.data.samples && !context_.status.stop; start += training_.batch_size) {
    const Index rows = std::min<Index>(training_.batch_size, job_.data.samples - start);
    const Slice batch{&job_.data, progress_.order() + start, 0, 0, rows, batches_++, progress_.key(), true};
    const double loss = model_.compute_gradients(batch) + penalty(model_.gradients());
    if (!std::isfinite(loss)) return loss;
    total += loss * static_cast<double>(rows);
    update();
  }
  return total / static_cast<double>(job_.data.samples);
}

void Trainer::clip_norm(const Variable* only, double limit) {
  float* g = model_.gradients() + (only ? only->offset : 0);
  const std::size_t n = only ? model_.layout().size_of(*only) : parameter_count_;
  const double norm = std::sqrt(model_.kernels().sum_of_squares(g, n));
  if (norm > limit) model_.kernels().scale(g, n, static_cast<float>(limit / norm));
}

void Trainer::clip() {
  const auto limit = static_cast<float>(training_.clipvalue);
  if (limit > 0) model_.kernels().clip_values(model_.gradients(), parameter_count_, limit);
  if (training_.clipnorm > 0)
    for (const Variable& v : model_.layout().variables()) clip_norm(&v, training_.clipnorm);
  if (training_.global_clipnorm > 0) clip_norm(nullptr, training_.global_clipnorm);
}

void Trainer::update() {
  clip();
  const AdamStep step = steps_.next(progress_.rate());
  model_.for_blocks([&](std::size_t from, std::size_t n) {
    model_.kernels().adam(step, model_.params() + from, m_.get() + from, v_.get() + from,
                          model_.gradients() + from, n);
  });
  rules_.project(model_.params());
  model_.transpose_kernels();
}

bool Trainer::weights_are_finite() {
  const float* w = model_.params();
  constexpr std::uint32_t exponent = 0x7f800000u;  // all set in NaN and infinity only
  std::uint32_t bad = 0;
  for (std::size_t k = 0; k < parameter_count_; ++k)
    bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(w[k]) & exponent) == exponent);
  return bad == 0;
}

Outcome Trainer::run() {
  model_.transpose_kernels();
  for (int epoch = 0; epoch < training_.epochs && progress_.running(); ++epoch) {
    progress_.begin_epoch(epoch);
    const double loss = run_epoch();
    double val_loss = 0;
    if (job_.validation.samples > 0 && std::isfinite(loss))
      val_loss = model_.evaluate(job_.validation, nullptr) / static_cast<double>(job_.validation.samples) +
                 penalty(nullptr);
    if (context_.status.stop) break;
    if (progress_.end_epoch(epoch, loss, val_loss, weights_are_finite())) keep_weights();
  }
  Outcome outcome = progress_.take_outcome();
  outcome.weights = model_.layout().unpack(kept_.get());
  return outcome;
}

}  // namespace

Outcome train(const Job& job, const Kernels& kernels, JobContext& context) {
  Outcome outcome = Trainer(job, kernels, context).run();
  outcome.instruction_set = kernels.name;
  return outcome;
}

std::vector<Outcome> train_all(const std::vector<Job>& jobs, const char* instruction_set, int threads, bool poison,
                               RunStatus& status, const std::function<void()>& watch) {
  const std::vector<JobGroup> groups = group_jobs(jobs, instruction_set, threads);
  std::vector<Outcome> outcomes(jobs.size());
  run_jobs(groups.size(), threads, poison, status, [&](std::size_t k, JobContext& context) {
    const JobGroup& group = groups[k];
    const Kernels& kernels = choose_kernels(instruction_set, jobs[group.members[0]].plan);
    if (group.members.size() == 1) {
      outcomes[group.members[0]] = train(jobs[group.members[0]], kernels, context);
      return;
    }
    std::vector<const Job*> members;
    for (std::size_t number : group.members) members.push_back(&jobs[number]);
    std::vector<Outcome> found = train_group(members, kernels, widest_kernels(instruction_set), context);
    for (std::size_t m = 0; m < found.size(); ++m) outcomes[group.members[m]] = std::move(found[m]);
  }, watch);
  return outcomes;
}

}  // namespace calloff
