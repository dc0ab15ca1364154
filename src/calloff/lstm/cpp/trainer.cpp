#include "trainer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include "dispatch.h"
#include "model.h"
#include "philox.h"
#include "thread_pool.h"
#include "weight_rules.h"

namespace calloff {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Keras's ReduceLROnPlateau.
struct Plateau {
  double rate, best = infinity;
  int wait = 0;
  void after_epoch(const Schedule& s, double loss) {
    if (loss < best - s.min_delta) {
      best = loss, wait = 0;
    } else if (++wait >= s.patience) {
      rate = std::min(rate, std::max(rate * s.factor, s.min_rate)), wait = 0;
    }
  }
};

class Trainer {
 public:
  Trainer(const Job&, const Kernels&, JobContext&);
  Outcome run();

 private:
  double learning_rate(int epoch) const;
  void shuffle(int epoch);
  double run_epoch(int epoch);
  double penalty(float* gradients) { return rules_.penalty(model_.params(), model_.transposed(), gradients); }
  void update();
  void clip();
  void clip_norm(const Variable* only, double limit);
  bool weights_are_finite();
  void keep_weights() { std::copy_n(model_.params(), parameter_count_, kept_.get()); }
  bool finish_epoch(int epoch, double loss, double val_loss);

  const Job& job_;
  const Training& training_;
  JobContext& context_;
  Model model_;
  WeightRules rules_;
  const std::size_t parameter_count_;
  AlignedFloats m_, v_;                   // Adam's moments
  AlignedFloats kept_;                    // weights after the last finite epoch, or after the best one
  std::vector<Index> order_;
  Philox key_;
  Plateau plateau_;
  double beta_1_power_ = 1, beta_2_power_ = 1, rate_ = 0, best_loss_ = infinity;
  int wait_ = 0;
  std::uint32_t batches_ = 0;
  Outcome outcome_;
};

Trainer::Trainer(const Job& job, const Kernels& kernels, JobContext& context)
    : job_(job),
      training_(job.training),
      context_(context),
      model_(job.plan, job.training.loss, std::max(job.data.steps, job.validation.steps), kernels, context,
             static_cast<int>(std::min<Index>(job.training.batch_size, job.data.samples))),
      rules_(job.rules, model_.layout(), kernels),
      parameter_count_(model_.layout().net().parameters),
      m_(parameter_count_),
      v_(parameter_count_),
      kept_(parameter_count_, Fill::nothing),
      order_(job.data.samples),
      key_{static_cast<std::uint32_t>(job.seed), static_cast<std::uint32_t>(job.seed >> 32)},
      plateau_{job.training.learning_rate} {
  model_.layout().pack(job.weights, model_.params());
  keep_weights();
}

double Trainer::learning_rate(int epoch) const {
  if (training_.schedule.kind == ScheduleKind::plateau) return plateau_.rate;
  if (training_.schedule.kind == ScheduleKind::constant) return training_.learning_rate;
  const double cosine = 0.5 * (1 + std::cos(3.141592653589793 * epoch / training_.epochs));
  return training_.learning_rate * (training_.schedule.final + (1 - training_.schedule.final) * cosine);
}

void Trainer::shuffle(int epoch) {
  std::iota(order_.begin(), order_.end(), 0);
  if (!training_.shuffle) return;
  Words words{};
  Index counter = -1;  // that `words` belongs to
  for (Index i = job_.data.samples - 1; i > 0; --i) {
    if (i / 4 != counter) {
      counter = i / 4;
      words = philox(key_, {{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(epoch), 0,
                             shuffle_stream}});
    }
    const std::uint64_t j = (std::uint64_t{words.w[i % 4]} * static_cast<std::uint64_t>(i + 1)) >> 32;
    std::swap(order_[i], order_[static_cast<Index>(j)]);
  }
}

// The mean loss of the epoch; not finite as soon as one batch's is not.
double Trainer::run_epoch(int epoch) {
  shuffle(epoch);
  rate_ = learning_rate(epoch);
  double total = 0;
  for (Index start = 0; start < job_.data.samples && !context_.status.stop; start += training_.batch_size) {
    const Index rows = std::min<Index>(training_.batch_size, job_.data.samples - start);
    const Slice batch{&job_.data, order_.data() + start, 0, 0, rows, batches_++, key_, true};
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
  beta_1_power_ *= training_.beta_1, beta_2_power_ *= training_.beta_2;
  const AdamStep step{static_cast<float>(rate_ * std::sqrt(1 - beta_2_power_) / (1 - beta_1_power_)),
                      static_cast<float>(1 - rate_ * training_.weight_decay),
                      static_cast<float>(1 - training_.beta_1), static_cast<float>(1 - training_.beta_2),
                      static_cast<float>(training_.epsilon)};
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

// Keeps the epoch's figures; false: stop early.
bool Trainer::finish_epoch(int epoch, double loss, double val_loss) {
  const bool validated = job_.validation.samples > 0;
  outcome_.loss.push_back(loss);
  outcome_.learning_rate.push_back(rate_);
  if (validated) outcome_.val_loss.push_back(val_loss);
  const double monitored = validated && training_.monitor_validation ? val_loss : loss;
  plateau_.after_epoch(training_.schedule, monitored);
  ++wait_;
  const bool best = monitored + training_.min_delta < best_loss_;
  if (best) best_loss_ = monitored, wait_ = 0, outcome_.best_epoch = epoch;
  if (best || !training_.restore_best) keep_weights();
  if (training_.early_stopping < 0 || wait_ == 0 || wait_ < training_.early_stopping || epoch == 0) return true;
  outcome_.stopped_epoch = epoch;
  return false;
}

Outcome Trainer::run() {
  model_.transpose_kernels();
  for (int epoch = 0; epoch < training_.epochs && !context_.status.stop; ++epoch) {
    const double loss = run_epoch(epoch);
    double val_loss = 0;
    if (job_.validation.samples > 0 && std::isfinite(loss))
      val_loss = model_.evaluate(job_.validation, nullptr) / static_cast<double>(job_.validation.samples) +
                 penalty(nullptr);
    if (context_.status.stop) break;
    if (!std::isfinite(loss) || !std::isfinite(val_loss) || !weights_are_finite()) {
      outcome_.failed_epoch = epoch;
      context_.status.epochs_done += training_.epochs - epoch;
      break;
    }
    ++context_.status.epochs_done;
    if (finish_epoch(epoch, loss, val_loss)) continue;
    context_.status.epochs_done += training_.epochs - epoch - 1;
    break;
  }
  outcome_.weights = model_.layout().unpack(kept_.get());
  return std::move(outcome_);
}

double cost(const Job& job) {
  double per_step = 0, inputs = job.plan.features;
  for (const LayerPlan& l : job.plan.layers) per_step += (inputs + l.units) * l.units, inputs = l.units;
  return per_step * job.data.steps * static_cast<double>(job.data.samples) * job.training.epochs;
}

}  // namespace

Outcome train(const Job& job, const Kernels& kernels, JobContext& context) {
  Outcome outcome = Trainer(job, kernels, context).run();
  outcome.instruction_set = kernels.name;
  return outcome;
}

std::vector<Outcome> train_all(const std::vector<Job>& jobs, const char* instruction_set, int threads, bool poison,
                               RunStatus& status, const std::function<void()>& watch) {
  std::vector<std::size_t> order(jobs.size());  // the longest first, so that all end together
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return cost(jobs[a]) > cost(jobs[b]); });
  std::vector<Outcome> outcomes(jobs.size());
  run_jobs(jobs.size(), threads, poison, status, [&](std::size_t k, JobContext& context) {
    const Job& job = jobs[order[k]];
    outcomes[order[k]] = train(job, choose_kernels(instruction_set, job.plan), context);
  }, watch);
  return outcomes;
}

}  // namespace calloff
