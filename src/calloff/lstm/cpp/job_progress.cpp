#include "job_progress.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include "philox.h"

namespace calloff {

JobProgress::JobProgress(const Job& job, RunStatus& status)
    : job_(job),
      training_(job.training),
      status_(status),
      key_{static_cast<std::uint32_t>(job.seed), static_cast<std::uint32_t>(job.seed >> 32)},
      order_(job.data.samples),
      plateau_rate_(job.training.learning_rate) {}

double JobProgress::learning_rate(int epoch) const {
  if (training_.schedule.kind == ScheduleKind::plateau) return plateau_rate_;
  if (training_.schedule.kind == ScheduleKind::constant) return training_.learning_rate;
  const double cosine = 0.5 * (1 + std::cos(3.141592653589793 * epoch / training_.epochs));
  return training_.learning_rate * (training_.schedule.final + (1 - training_.schedule.final) * cosine);
}

void JobProgress::shuffle(int epoch) {
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

void JobProgress::begin_epoch(int epoch) {
  shuffle(epoch);
  rate_ = learning_rate(epoch);
}

// Keras's ReduceLROnPlateau.
void JobProgress::follow_plateau(double loss) {
  const Schedule& s = training_.schedule;
  if (loss < plateau_best_ - s.min_delta) {
    plateau_best_ = loss, plateau_wait_ = 0;
  } else if (++plateau_wait_ >= s.patience) {
    plateau_rate_ = std::min(plateau_rate_, std::max(plateau_rate_ * s.factor, s.min_rate)), plateau_wait_ = 0;
  }
}

void JobProgress::stop(int epochs_left) {
  running_ = false;
  status_.epochs_done += epochs_left;
}

bool JobProgress::end_epoch(int epoch, double loss, double val_loss, bool finite) {
  if (!finite || !std::isfinite(loss) || !std::isfinite(val_loss)) {
    outcome_.failed_epoch = epoch;
    stop(training_.epochs - epoch);
    return false;
  }
  const bool validated = job_.validation.samples > 0;
  ++status_.epochs_done;
  outcome_.loss.push_back(loss);
  outcome_.learning_rate.push_back(rate_);
  if (validated) outcome_.val_loss.push_back(val_loss);
  const double monitored = validated && training_.monitor_validation ? val_loss : loss;
  follow_plateau(monitored);
  ++wait_;
  const bool best = monitored + training_.min_delta < best_loss_;
  if (best) best_loss_ = monitored, wait_ = 0, outcome_.best_epoch = epoch;
  if (training_.early_stopping >= 0 && wait_ > 0 && wait_ >= training_.early_stopping && epoch > 0) {
    outcome_.stopped_epoch = epoch;
    stop(training_.epochs - epoch - 1);
  }
  return best || !training_.restore_best;
}

}  // namespace calloff
