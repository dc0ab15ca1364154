// The Python module. engine.py has checked the jobs and made every array float32 and contiguous; here
// they become plain data, and threads run without the interpreter.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <ctime>
#include <optional>
#include "dispatch.h"
#include "model.h"
#include "thread_pool.h"
#include "job_groups.h"
#include "trainer.h"
#include "weight_rules.h"

namespace nb = nanobind;
using namespace calloff;

namespace {

using Array = nb::ndarray<float, nb::c_contig, nb::device::cpu>;
using ConstArray = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;
using BoolArray = nb::ndarray<const bool, nb::c_contig, nb::device::cpu>;
using OptionalName = std::optional<std::string>;  // of an instruction set

// Arrays that a Job points into, kept alive while it runs.
struct ArrayOwner {
  std::vector<ConstArray> floats;
  std::vector<BoolArray> bools;
  const float* keep(nb::handle h) {
    if (h.is_none()) return nullptr;
    floats.push_back(nb::cast<ConstArray>(h, false));
    return floats.back().data();
  }
  const std::uint8_t* keep_bools(nb::handle h) {
    if (h.is_none()) return nullptr;
    bools.push_back(nb::cast<BoolArray>(h, false));
    return reinterpret_cast<const std::uint8_t*>(bools.back().data());
  }
};

template <class T>
T get(nb::handle h, const char* name) { return nb::cast<T>(h.attr(name)); }

Activation activation_named(const std::string& name) {
  static constexpr const char* names[] = {"linear", "tanh", "sigmoid", "hard_sigmoid", "relu", "leaky_relu",
                                          "elu", "selu", "softplus", "softsign", "swish", "gelu"};
  for (int k = 0; k < 12; ++k)
    if (name == names[k]) return static_cast<Activation>(k);
  throw nb::value_error(("the engine has no activation " + name).c_str());
}

template <class Kind>
Kind kind_named(nb::handle h, std::initializer_list<const char*> names) {
  const auto name = get<std::string>(h, "kind");
  int k = 0;
  for (const char* each : names) {
    if (name == each) return static_cast<Kind>(k);
    ++k;
  }
  throw nb::value_error(("the engine has no " + name).c_str());
}

LayerPlan read_layer(nb::handle h) {
  LayerPlan layer;
  layer.units = get<int>(h, "units");
  layer.activation = activation_named(get<std::string>(h, "activation"));
  layer.recurrent_activation = activation_named(get<std::string>(h, "recurrent_activation"));
  layer.use_bias = get<bool>(h, "use_bias"), layer.go_backwards = get<bool>(h, "go_backwards");
  layer.dropout = get<double>(h, "dropout"), layer.recurrent_dropout = get<double>(h, "recurrent_dropout");
  const bool mask_for_each_gate = get<int>(h, "implementation") == 1 || layer.recurrent_dropout > 0;
  layer.input_groups = mask_for_each_gate ? 4 : 1;
  return layer;
}

NetworkPlan read_plan(nb::handle h) {
  NetworkPlan plan;
  plan.features = get<int>(h, "features");
  for (nb::handle layer : h.attr("layers")) plan.layers.push_back(read_layer(layer));
  const nb::object head = h.attr("head");
  plan.head = {get<int>(head, "outputs"), activation_named(get<std::string>(head, "activation")),
               get<bool>(head, "use_bias")};
  return plan;
}

Loss read_loss(nb::handle h) {
  return {kind_named<LossKind>(h, {"mae", "mse", "huber", "pinball"}), get<double>(h, "delta"),
          get<std::vector<float>>(h, "quantiles")};
}

Schedule read_schedule(nb::handle h) {
  return {kind_named<ScheduleKind>(h, {"constant", "cosine", "plateau"}), get<double>(h, "final"),
          get<double>(h, "factor"), get<double>(h, "min_delta"), get<double>(h, "min_rate"), get<int>(h, "patience")};
}

Training read_training(nb::handle h) {
  const auto limit = [&](const char* name) { return get<std::optional<double>>(h, name).value_or(0); };
  Training t;
  t.loss = read_loss(h.attr("loss")), t.schedule = read_schedule(h.attr("schedule"));
  t.epochs = get<int>(h, "epochs"), t.batch_size = get<int>(h, "batch_size");
  t.shuffle = get<bool>(h, "shuffle"), t.restore_best = get<bool>(h, "restore_best");
  t.monitor_validation = get<std::string>(h, "monitor") != "loss";
  t.learning_rate = get<double>(h, "learning_rate"), t.beta_1 = get<double>(h, "beta_1");
  t.beta_2 = get<double>(h, "beta_2"), t.epsilon = get<double>(h, "epsilon");
  t.weight_decay = get<double>(h, "weight_decay");
  t.clipnorm = limit("clipnorm"), t.clipvalue = limit("clipvalue"), t.global_clipnorm = limit("global_clipnorm");
  t.early_stopping = get<std::optional<int>>(h, "early_stopping").value_or(-1);
  t.min_delta = get<double>(h, "min_delta");
  return t;
}

Data read_data(ArrayOwner& owner, nb::handle x, nb::handle static_x, nb::handle y, nb::handle sample_weight,
               nb::handle mask) {
  Data d;
  if (x.is_none()) return d;
  d.x = owner.keep(x);
  d.samples = static_cast<Index>(owner.floats.back().shape(0));
  d.steps = static_cast<int>(owner.floats.back().shape(1));
  d.static_x = owner.keep(static_x), d.y = owner.keep(y);
  d.sample_weight = owner.keep(sample_weight), d.mask = owner.keep_bools(mask);
  return d;
}

// How many features there are beside those of each step.
int count_static(nb::handle static_x) {
  return static_x.is_none() ? 0 : static_cast<int>(nb::cast<ConstArray>(static_x, false).shape(1));
}

Weights read_weights(ArrayOwner& owner, nb::handle weights) {
  Weights w;
  for (nb::handle each : weights) w.push_back(owner.keep(each));
  return w;
}

WeightRule read_rule(nb::handle h) {
  WeightRule rule;
  rule.l1 = get<double>(h, "l1"), rule.l2 = get<double>(h, "l2"), rule.orthogonal = get<double>(h, "orthogonal");
  rule.orthogonal_columns = get<bool>(h, "orthogonal_columns");
  rule.projection = static_cast<ProjectionKind>(get<int>(h, "projection"));
  rule.min_norm = get<double>(h, "min_norm"), rule.max_norm = get<double>(h, "max_norm");
  rule.rate = get<double>(h, "rate"), rule.norm_of_rows = get<bool>(h, "norm_of_rows");
  return rule;
}

// `rules`: one WeightRule for each weight array, or none at all.
Job read_job(ArrayOwner& owner, nb::handle h, nb::handle rules) {
  Job job;
  for (nb::handle rule : rules) job.rules.push_back(read_rule(rule));
  job.plan = read_plan(h.attr("plan")), job.training = read_training(h.attr("training"));
  job.weights = read_weights(owner, h.attr("weights"));
  job.plan.static_features = count_static(h.attr("static"));
  job.data = read_data(owner, h.attr("x"), h.attr("static"), h.attr("y"), h.attr("sample_weight"), h.attr("mask"));
  job.validation = read_data(owner, h.attr("val_x"), h.attr("val_static"), h.attr("val_y"),
                             h.attr("val_sample_weight"), h.attr("val_mask"));
  job.seed = get<std::uint64_t>(h, "seed");
  return job;
}

const char* name_or_null(const OptionalName& name) { return name ? name->c_str() : nullptr; }

// Called while the threads work: notices Ctrl-C, and reports progress.
struct Watcher {
  nb::object progress;
  RunStatus& status;
  std::int64_t total = 0, reported = -1;
  void operator()() {
    const nb::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    const std::int64_t done = status.epochs_done;
    if (!progress.is_none() && done != reported) progress(reported = done, total);
  }
};

template <class T>
nb::object array_out(std::vector<T>& v) {  // without a copy: the array owns it from here on
  auto* taken = new std::vector<T>(std::move(v));
  const nb::capsule owner(taken, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  const std::size_t size = taken->size();
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(taken->data(), {size}, owner));
}

nb::tuple outcome_out(Outcome& o) {
  nb::list weights;
  for (std::vector<float>& w : o.weights) weights.append(array_out(w));
  return nb::make_tuple(weights, array_out(o.loss), array_out(o.val_loss), array_out(o.learning_rate),
                        o.best_epoch, o.stopped_epoch, o.failed_epoch, o.instruction_set);
}

nb::list train_jobs(const nb::list& jobs, const nb::list& rules, int threads, const nb::object& progress,
                    const OptionalName& instruction_set, bool poison) {
  ArrayOwner owner;
  std::vector<Job> plain;
  RunStatus status;
  Watcher watcher{progress, status};
  for (std::size_t k = 0; k < jobs.size(); ++k) {
    plain.push_back(read_job(owner, jobs[k], rules[k]));
    watcher.total += plain.back().training.epochs;
  }
  std::vector<Outcome> outcomes;
  {
    const nb::gil_scoped_release no_gil;
    outcomes = train_all(plain, name_or_null(instruction_set), threads, poison, status, [&] { watcher(); });
  }
  if (!progress.is_none() && watcher.reported != status.epochs_done)
    progress(status.epochs_done.load(), watcher.total);
  nb::list out;
  for (Outcome& o : outcomes) out.append(outcome_out(o));
  return out;
}

// The numbers of the jobs that are trained side by side, and those of each that is trained alone.
nb::list groups(const nb::list& jobs, const nb::list& rules, int threads, const OptionalName& instruction_set) {
  ArrayOwner owner;
  std::vector<Job> plain;
  for (std::size_t k = 0; k < jobs.size(); ++k) plain.push_back(read_job(owner, jobs[k], rules[k]));
  nb::list out;
  for (const JobGroup& group : group_jobs(plain, name_or_null(instruction_set), threads)) {
    nb::list members;
    for (std::size_t number : group.members) members.append(number);
    out.append(members);
  }
  return out;
}

// How predict and gradients run.
struct RunOptions {
  int threads;  // 0: the calling thread does it, and none watches
  OptionalName instruction_set;
  bool poison;
};

// One model, as one job, with the calling thread watching.
void with_model(const NetworkPlan& plan, const Loss& loss, const Weights& weights, const Data& data, Index batch_rows,
                const RunOptions& options, const std::function<void(Model&)>& use) {
  RunStatus status;
  Watcher watcher{nb::none(), status};
  const nb::gil_scoped_release no_gil;
  run_jobs(1, options.threads, options.poison, status, [&](std::size_t, JobContext& context) {
    const Kernels& kernels = choose_kernels(name_or_null(options.instruction_set), plan);
    Model model(plan, loss, data.steps, kernels, context, static_cast<int>(batch_rows));
    model.layout().pack(weights, model.params());
    use(model);
  }, [&] { watcher(); });
}

// Whether starting threads would take longer than the prediction, or there would be work for one only.
bool is_small(const NetworkPlan& plan, const Data& data) {
  double per_step = 0, inputs = plan.features;
  for (const LayerPlan& l : plan.layers) per_step += 4 * (inputs + l.units) * l.units, inputs = l.units;
  const double multiplications = per_step * data.steps * static_cast<double>(data.samples);
  return multiplications < (data.samples <= 32 ? 1e9 : 4e6);
}

void predict(nb::handle plan, nb::handle weights, nb::handle x, nb::handle static_x, nb::handle mask, Array out,
             int threads, const OptionalName& instruction_set, bool poison) {
  ArrayOwner owner;
  const Weights w = read_weights(owner, weights);
  const Data data = read_data(owner, x, static_x, nb::none(), nb::none(), mask);
  NetworkPlan network = read_plan(plan);
  network.static_features = count_static(static_x);
  with_model(network, {}, w, data, 1, {is_small(network, data) ? 0 : threads, instruction_set, poison},
             [&](Model& model) { model.evaluate(data, out.data()); });
}

// The loss of one batch, all samples of the job in their order, as batch number `batch` of a training;
// the gradients go to `out`, one array for each variable.
double gradients(nb::handle job, nb::handle rules, std::uint32_t batch, const nb::list& out, int threads,
                 const OptionalName& instruction_set, bool poison) {
  ArrayOwner owner;
  const Job plain = read_job(owner, job, rules);
  std::vector<Array> arrays;
  for (nb::handle each : out) arrays.push_back(nb::cast<Array>(each, false));
  double loss = 0;
  const Philox key{static_cast<std::uint32_t>(plain.seed), static_cast<std::uint32_t>(plain.seed >> 32)};
  with_model(plain.plan, plain.training.loss, plain.weights, plain.data, plain.data.samples,
             {threads, instruction_set, poison}, [&](Model& model) {
               model.transpose_kernels();
               loss = model.compute_gradients({&plain.data, nullptr, 0, 0, plain.data.samples, batch, key, true});
               WeightRules weight_rules(plain.rules, model.layout(), model.kernels());
               loss += weight_rules.penalty(model.params(), model.transposed(), model.gradients());
               const auto& variables = model.layout().variables();
               for (std::size_t k = 0; k < variables.size(); ++k)
                 model.layout().unpack_one(variables[k], model.gradients(), arrays[k].data());
             });
  return loss;
}

void activation(const std::string& name, ConstArray z, Array value, Array derivative,
                const OptionalName& instruction_set) {
  const Kernels& k = choose_kernels(name_or_null(instruction_set), {});
  k.activation(activation_named(name), z.data(), value.data(), derivative.data(), z.size());
}

void square_root(ConstArray x, Array out, const OptionalName& instruction_set) {
  choose_kernels(name_or_null(instruction_set), {}).square_root(x.data(), out.data(), x.size());
}

// The instruction set that trains a network of this plan where none is named.
std::string chosen_instruction_set(nb::handle plan) { return choose_kernels(nullptr, read_plan(plan)).name; }

// Seconds of the processor, which other work disturbs little, for `rounds` rounds of Kernels::multiply_add, and
// how many floats a vector has.
nb::tuple time_multiply_add(Index rounds, const std::string& instruction_set) {
  const Kernels& k = choose_kernels(instruction_set.c_str(), {});
  const std::clock_t begin = std::clock();
  volatile float keep = k.multiply_add(rounds, 0.9999f, 1e-4f);
  static_cast<void>(keep);
  return nb::make_tuple(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, k.lanes);
}

}  // namespace

NB_MODULE(_engine, m) {
  m.doc() = "The compiled part of calloff.lstm.engine, which checks what is passed in.";
  m.def("instruction_sets", &instruction_sets);
  m.def("chosen_instruction_set", &chosen_instruction_set, nb::arg("plan"));
  m.def("train", &train_jobs, nb::arg("jobs"), nb::arg("rules"), nb::arg("threads"), nb::arg("progress").none(),
        nb::arg("instruction_set").none(), nb::arg("poison"));
  m.def("groups", &groups, nb::arg("jobs"), nb::arg("rules"), nb::arg("threads"), nb::arg("instruction_set").none());
  m.def("predict", &predict, nb::arg("plan"), nb::arg("weights"), nb::arg("x"), nb::arg("static_x").none(),
        nb::arg("mask").none(), nb::arg("out"), nb::arg("threads"), nb::arg("instruction_set").none(),
        nb::arg("poison"));
  m.def("gradients", &gradients, nb::arg("job"), nb::arg("rules"), nb::arg("batch"), nb::arg("out"), nb::arg("threads"),
        nb::arg("instruction_set").none(), nb::arg("poison"));
  m.def("time_multiply_add", &time_multiply_add, nb::arg("rounds"), nb::arg("instruction_set"));
  m.def("activation", &activation, nb::arg("name"), nb::arg("z"), nb::arg("value"), nb::arg("derivative"),
        nb::arg("instruction_set").none());
  m.def("square_root", &square_root, nb::arg("x"), nb::arg("out"), nb::arg("instruction_set").none());
}
