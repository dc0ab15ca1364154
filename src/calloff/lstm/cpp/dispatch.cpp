// Which of the compiled tables this processor can run.
#include <cstring>
#include "kernels.h"

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
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    found.push_back(&avx512::table);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&avx2::table);
#endif
  found.push_back(&baseline::table);
  return found;
}

const Kernels* find_kernels(const char* name) {
  for (const Kernels* k : runnable())
    if (std::strcmp(k->name, name) == 0) return k;
  return nullptr;
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const Kernels* k : runnable()) names.emplace_back(k->name);
  return names;
}

}  // namespace calloff
