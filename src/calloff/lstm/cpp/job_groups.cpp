#include "job_groups.h"

#include <algorithm>
#include <numeric>
#include "dispatch.h"
#include "model.h"
#include "network.h"

namespace calloff {
namespace {

double cost(const Job& job) {
  double per_step = 0, inputs = job.plan.features;
  for (const LayerPlan& l : job.plan.layers) per_step += (inputs + l.units) * l.units, inputs = l.units;
  return per_step * job.data.steps * static_cast<double>(job.data.samples) * job.training.epochs;
}

// How many times as long as in a full group a network takes alone (measured with 8 units, batch 4, 3 steps).
double times_faster(int lanes) { return lanes >= 16 ? 1.7 : 1.3; }

// What groups have no code for is left out, and what they would sum in another order than a network alone. There
// a layer has an even number of units, in one vector (of `lanes`), and its four gates in more than one.
bool suits_a_group(const LayerPlan& layer, int lanes) {
  constexpr int most_units = 8;  // more fill wide vectors by themselves
  return layer.units % 2 == 0 && layer.units <= std::min(lanes, most_units) && 4 * layer.units > lanes &&
         layer.recurrent_dropout == 0 && (layer.dropout == 0 || layer.input_groups == 1);
}

// A group goes on until its last network ends: those that stop early would only fill lanes.
bool ends_with_others(const Training& t) { return t.early_stopping < 0; }

// Where the buffers of a group outgrow the cache, a network alone is as fast.
bool stays_in_cache(const Job& job, Index rows) {
  constexpr double most_numbers = 16384;  // of one network
  double numbers = job.plan.features;
  for (const LayerPlan& layer : job.plan.layers) numbers += 10 * layer.units;
  return numbers * job.data.steps * static_cast<double>(rows) <= most_numbers;
}

// Where rows are many, a network alone multiplies with its cosines in another order.
bool suits_a_group(const std::vector<WeightRule>& rules, int features) {
  return features < many_rows || std::none_of(rules.begin(), rules.end(), [](const WeightRule& rule) {
           return rule.orthogonal != 0 && !rule.orthogonal_columns;
         });
}

bool suits_a_group(const Job& job, int lanes) {
  const Training& t = job.training;
  const bool clips = t.clipnorm > 0 || t.clipvalue > 0 || t.global_clipnorm > 0;
  const Index rows = std::min<Index>(t.batch_size, job.data.samples);
  return suits_a_group(job.rules, job.plan.features) && !job.data.mask && !job.validation.mask && !clips &&
         ends_with_others(t) && t.schedule.kind != ScheduleKind::plateau && job.plan.head.outputs <= lanes &&
         job.plan.head.activation == Activation::linear && stays_in_cache(job, rows) &&
         slices_of_batch(job.plan, job.data.steps, rows) == 1 &&
         std::all_of(job.plan.layers.begin(), job.plan.layers.end(),
                     [&](const LayerPlan& layer) { return suits_a_group(layer, lanes); });
}

bool are_alike(const Job& a, const Job& b) {
  return a.data.samples == b.data.samples && a.data.steps == b.data.steps &&
         a.validation.samples == b.validation.samples && a.validation.steps == b.validation.steps &&
         a.plan == b.plan && a.training == b.training && a.rules == b.rules;
}

// Jobs that are alike, in groups of up to `lanes`; where a group would leave threads idle or lanes empty, alone.
void split(const std::vector<std::size_t>& alike, int lanes, int threads, std::vector<JobGroup>& groups) {
  const std::size_t size = static_cast<std::size_t>(lanes), count = alike.size();
  const std::size_t workers = static_cast<std::size_t>(std::max(threads, 1));
  const auto time_alone = [&](std::size_t tasks) { return static_cast<double>(tasks) * times_faster(lanes); };
  const auto rounds = [&](std::size_t tasks) { return (tasks + workers - 1) / workers; };
  const bool together = static_cast<double>(rounds((count + size - 1) / size) * size) <= time_alone(rounds(count));
  for (std::size_t from = 0; from < count;) {
    const std::size_t left = std::min(size, count - from);
    const std::size_t members = together && time_alone(left) > static_cast<double>(size) ? left : 1;
    const auto begin = alike.begin() + static_cast<std::ptrdiff_t>(from);
    groups.push_back({{begin, begin + static_cast<std::ptrdiff_t>(members)}});
    from += members;
  }
}

}  // namespace

std::vector<JobGroup> group_jobs(const std::vector<Job>& jobs, const char* instruction_set, int threads) {
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return cost(jobs[a]) > cost(jobs[b]); });
  const int lanes = widest_kernels(instruction_set).lanes;
  std::vector<JobGroup> groups;
  for (std::size_t from = 0, end; from < order.size(); from = end) {  // those of the same cost
    std::vector<std::vector<std::size_t>> kinds;
    for (end = from; end < order.size() && cost(jobs[order[end]]) == cost(jobs[order[from]]); ++end) {
      const Job& job = jobs[order[end]];
      const bool alone = !suits_a_group(job, choose_kernels(instruction_set, job.plan).lanes);
      const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const std::vector<std::size_t>& others) {
        return !alone && are_alike(jobs[others[0]], job);
      });
      if (kind != kinds.end()) kind->push_back(order[end]);
      else kinds.push_back({order[end]});
    }
    for (const std::vector<std::size_t>& alike : kinds) split(alike, lanes, threads, groups);
  }
  return groups;
}

}  // namespace calloff
