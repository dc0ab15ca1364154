// The door to Python. engine.py has checked the jobs and made every array float32 and contiguous;
// here they become plain data, and threads run without the interpreter.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <chrono>
#include <optional>
#include <stdexcept>
#include "crew.h"

namespace nb = nanobind;
using namespace calloff;

namespace {

using Array = nb::ndarray<float, nb::c_contig, nb::device::cpu>;
using Frozen = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;
using Truths = nb::ndarray<const bool, nb::c_contig, nb::device::cpu>;

// Arrays that a Job points into, kept alive while it runs.
struct Held {
  std::vector<Frozen> floats;
  std::vector<Truths> truths;
  const float* keep(nb::handle h) {
    if (h.is_none()) return nullptr;
    floats.push_back(nb::cast<Frozen>(h, false));
    return floats.back().data();
  }
  const std::uint8_t* keep_truths(nb::handle h) {
    if (h.is_none()) return nullptr;
    truths.push_back(nb::cast<Truths>(h, false));
    return reinterpret_cast<const std::uint8_t*>(truths.back().data());
  }
};

template <class T>
T get(nb::handle h, const char* name) { return nb::cast<T>(h.attr(name)); }

Act act_named(const std::string& name) {
  static constexpr const char* names[] = {"linear", "tanh", "sigmoid", "hard_sigmoid", "relu", "leaky_relu",
                                          "elu", "selu", "softplus", "softsign", "swish", "gelu"};
  for (int k = 0; k < 12; ++k)
    if (name == names[k]) return static_cast<Act>(k);
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
  LayerPlan l;
  l.units = get<int>(h, "units");
  l.activation = act_named(get<std::string>(h, "activation"));
  l.recurrent = act_named(get<std::string>(h, "recurrent_activation"));
  l.bias = get<bool>(h, "use_bias"), l.backwards = get<bool>(h, "go_backwards");
  l.dropout = get<double>(h, "dropout"), l.recurrent_dropout = get<double>(h, "recurrent_dropout");
  l.groups = get<int>(h, "implementation") == 1 || l.recurrent_dropout > 0 ? 4 : 1;
  return l;
}

NetPlan read_plan(nb::handle h) {
  NetPlan p;
  p.features = get<int>(h, "features");
  for (nb::handle layer : h.attr("layers")) p.layers.push_back(read_layer(layer));
  const nb::object head = h.attr("head");
  p.head = {get<int>(head, "outputs"), act_named(get<std::string>(head, "activation")), get<bool>(head, "use_bias")};
  return p;
}

LossPlan read_loss(nb::handle h) {
  return {kind_named<LossKind>(h, {"mae", "mse", "huber", "pinball"}), get<double>(h, "delta"),
          get<std::vector<float>>(h, "quantiles")};
}

SchedulePlan read_schedule(nb::handle h) {
  return {kind_named<ScheduleKind>(h, {"constant", "cosine", "plateau"}), get<double>(h, "final"),
          get<double>(h, "factor"), get<double>(h, "min_delta"), get<double>(h, "min_rate"), get<int>(h, "patience")};
}

TrainingPlan read_training(nb::handle h) {
  const auto limit = [&](const char* name) { return get<std::optional<double>>(h, name).value_or(0); };
  TrainingPlan t;
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

Data read_data(Held& held, nb::handle x, nb::handle y, nb::handle weight, nb::handle mask) {
  Data d;
  if (x.is_none()) return d;
  d.x = held.keep(x);
  d.samples = static_cast<Index>(held.floats.back().shape(0));
  d.steps = static_cast<int>(held.floats.back().shape(1));
  d.y = held.keep(y), d.weight = held.keep(weight), d.mask = held.keep_truths(mask);
  return d;
}

Weights read_weights(Held& held, nb::handle weights) {
  Weights w;
  for (nb::handle each : weights) w.push_back(held.keep(each));
  return w;
}

Job read_job(Held& held, nb::handle h) {
  Job job;
  job.plan = read_plan(h.attr("plan")), job.training = read_training(h.attr("training"));
  job.weights = read_weights(held, h.attr("weights"));
  job.data = read_data(held, h.attr("x"), h.attr("y"), h.attr("sample_weight"), h.attr("mask"));
  job.validation = read_data(held, h.attr("val_x"), h.attr("val_y"), h.attr("val_sample_weight"), h.attr("val_mask"));
  job.seed = get<std::uint64_t>(h, "seed");
  return job;
}

const char* name_or_null(const std::optional<std::string>& name) { return name ? name->c_str() : nullptr; }

// Called while the threads work: Ctrl-C, and the caller's wish to see progress.
struct Watch {
  nb::object progress;
  Signals& signals;
  std::int64_t total = 0, told = -1;
  void operator()() {
    const nb::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    const std::int64_t done = signals.epochs;
    if (!progress.is_none() && done != told) progress(told = done, total);
  }
};

nb::object vector_out(const std::vector<double>& v) {
  auto* copy = new std::vector<double>(v);
  const nb::capsule owner(copy, [](void* p) noexcept { delete static_cast<std::vector<double>*>(p); });
  const std::size_t size = copy->size();
  return nb::cast(nb::ndarray<nb::numpy, double, nb::ndim<1>>(copy->data(), {size}, owner));
}

nb::object floats_out(const std::vector<float>& v) {
  auto* copy = new std::vector<float>(v);
  const nb::capsule owner(copy, [](void* p) noexcept { delete static_cast<std::vector<float>*>(p); });
  const std::size_t size = copy->size();
  return nb::cast(nb::ndarray<nb::numpy, float, nb::ndim<1>>(copy->data(), {size}, owner));
}

nb::tuple result_out(const Result& r) {
  nb::list weights;
  for (const auto& w : r.weights) weights.append(floats_out(w));
  return nb::make_tuple(weights, vector_out(r.loss), vector_out(r.val_loss), vector_out(r.learning_rate),
                        r.best_epoch, r.stopped_epoch, r.failed_epoch);
}

nb::list train_jobs(const nb::list& jobs, int threads, const nb::object& progress,
                    const std::optional<std::string>& isa, bool poison) {
  Held held;
  std::vector<Job> plain;
  Signals signals;
  Watch watch{progress, signals};
  for (nb::handle h : jobs) {
    plain.push_back(read_job(held, h));
    watch.total += plain.back().training.epochs;
  }
  std::vector<Result> results;
  {
    const nb::gil_scoped_release no_gil;
    results = train_all(plain, name_or_null(isa), threads, poison, signals, [&] { watch(); });
  }
  if (!progress.is_none() && watch.told != signals.epochs) progress(signals.epochs.load(), watch.total);
  nb::list out;
  for (const Result& r : results) out.append(result_out(r));
  return out;
}

// One model on one slice of work, with the calling thread watching.
void with_model(const NetPlan& plan, const LossPlan& loss, const Data& data, Index batch, int threads, bool poison,
                const std::optional<std::string>& isa, const Weights& weights,
                const std::function<void(Model&)>& use) {
  Signals signals;
  Watch watch{nb::none(), signals};
  const nb::gil_scoped_release no_gil;
  run_crew(1, threads, poison, signals, [&](std::size_t, Place& place) {
    Model model(plan, loss, data.steps, choose_kernels(name_or_null(isa), plan), place, static_cast<int>(batch));
    model.layout().bring_in(weights, model.params());
    model.turn();
    use(model);
  }, [&] { watch(); });
}

void predict(nb::handle plan, nb::handle weights, nb::handle x, nb::handle mask, Array out, int threads,
             const std::optional<std::string>& isa, bool poison) {
  Held held;
  const Weights w = read_weights(held, weights);
  const Data data = read_data(held, x, nb::none(), nb::none(), mask);
  with_model(read_plan(plan), {}, data, 1, threads, poison, isa, w,
             [&](Model& model) { model.evaluate(data, out.data()); });
}

// The loss of one batch, all samples of the job in their order, as batch number `batch` of a training;
// the gradients go to `out`, one array for each variable.
double gradients(nb::handle job, std::uint32_t batch, const nb::list& out, int threads,
                 const std::optional<std::string>& isa, bool poison) {
  Held held;
  const Job plain = read_job(held, job);
  std::vector<Array> arrays;
  for (nb::handle each : out) arrays.push_back(nb::cast<Array>(each, false));
  double loss = 0;
  const Philox key{static_cast<std::uint32_t>(plain.seed), static_cast<std::uint32_t>(plain.seed >> 32)};
  with_model(plain.plan, plain.training.loss, plain.data, plain.data.samples, threads, poison, isa, plain.weights,
             [&](Model& model) {
               loss = model.learn({&plain.data, nullptr, 0, 0, plain.data.samples, batch, key, true});
               const auto& variables = model.layout().variables();
               for (std::size_t k = 0; k < variables.size(); ++k)
                 model.layout().take_out_one(variables[k], model.gradients(), arrays[k].data());
             });
  return loss;
}

void activation(const std::string& name, Frozen z, Array value, Array slope, const std::optional<std::string>& isa) {
  const Kernels& k = choose_kernels(name_or_null(isa), {});
  k.activation(act_named(name), z.data(), value.data(), slope.data(), z.size());
}

// Seconds for `rounds` rounds of Kernels::multiply_add, and the floats in a vector.
nb::tuple time_multiply_add(Index rounds, const std::string& isa) {
  const Kernels& k = choose_kernels(isa.c_str(), {});
  const auto begin = std::chrono::steady_clock::now();
  volatile float keep = k.multiply_add(rounds, 0.9999f, 1e-4f);
  static_cast<void>(keep);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  return nb::make_tuple(passed.count(), k.lanes);
}

}  // namespace

NB_MODULE(_engine, m) {
  m.doc() = "The fast engine; use calloff.lstm.engine.";
  m.def("kernel_names", &kernel_names);
  m.def("train", &train_jobs, nb::arg("jobs"), nb::arg("threads"), nb::arg("progress").none(),
        nb::arg("isa").none(), nb::arg("poison"));
  m.def("predict", &predict, nb::arg("plan"), nb::arg("weights"), nb::arg("x"), nb::arg("mask").none(),
        nb::arg("out"), nb::arg("threads"), nb::arg("isa").none(), nb::arg("poison"));
  m.def("gradients", &gradients, nb::arg("job"), nb::arg("batch"), nb::arg("out"), nb::arg("threads"),
        nb::arg("isa").none(), nb::arg("poison"));
  m.def("time_multiply_add", &time_multiply_add, nb::arg("rounds"), nb::arg("isa"));
  m.def("activation", &activation, nb::arg("name"), nb::arg("z"), nb::arg("value"), nb::arg("slope"),
        nb::arg("isa").none());
}
