#include "dispatch.h"

#include <cstring>
#include <stdexcept>
#include "processor.h"

namespace calloff {

#define CALLOFF_TABLE(isa) namespace isa { extern const Kernels table; }
CALLOFF_TABLE(baseline)
#if defined(CALLOFF_X86)
CALLOFF_TABLE(avx2)
CALLOFF_TABLE(avx512)
#endif

static std::vector<const Kernels*> runnable() {
  std::vector<const Kernels*> found;
#if defined(CALLOFF_X86)
  static const Processor processor = detect_processor();  // cpuid is slow in virtual machines
  if (processor.avx512) found.push_back(&avx512::table);
  if (processor.avx2) found.push_back(&avx2::table);
#endif
  found.push_back(&baseline::table);
  return found;
}

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const Kernels* k : runnable()) names.emplace_back(k->name);
  return names;
}

static const Kernels& kernels_named(const char* name) {
  for (const Kernels* k : runnable())
    if (std::strcmp(k->name, name) == 0) return *k;
  throw std::invalid_argument("this processor does not run the instruction set " + std::string(name));
}

const Kernels& widest_kernels(const char* name) { return name ? kernels_named(name) : *runnable()[0]; }

const Kernels& choose_kernels(const char* name, const NetworkPlan& plan) {
  if (name) return kernels_named(name);
  const Kernels* best = nullptr;
  double least = 0;
  for (const Kernels* k : runnable()) {
    double vectors = 0;
    for (const LayerPlan& l : plan.layers) vectors += (l.units + k->lanes - 1) / k->lanes;
    // As many vectors of 8 as of 16: half of each wide one would be padding, so take the narrow.
    if (!best || vectors < least || (vectors == least && k->lanes >= 8)) best = k, least = vectors;
  }
  return *best;
}

}  // namespace calloff
