#!/usr/bin/env bash
# Builds the engine with AddressSanitizer and UndefinedBehaviorSanitizer and runs its tests under
# them; then with ThreadSanitizer the tests of its threads. Any finding fails the script.
#
#   tests/sanitize/run.sh [PYTHON] [all|address]
#
# PYTHON (default: python) needs the packages of calloff[dev], nanobind, cmake and ninja; the compiler must be GCC
# or Clang with its sanitizers' libraries. About five minutes on two cores.
set -euo pipefail
python=$(command -v "${1:-python}")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
export PATH="$(dirname "$python"):$PATH"

# A copy of the package, so that the installed engine is never the one that is tested.
build_engine() { # name of the build, sanitizers
  cp -r "$here/src" "$build/$1-src"
  rm -f "$build/$1-src"/calloff/lstm/_engine*.so
  cmake -G Ninja -S "$here" -B "$build/$1" -DPython_EXECUTABLE="$python" -DCALLOFF_SANITIZE="$2" >"$build/log"
  cmake --build "$build/$1" >"$build/log" || { cat "$build/log"; exit 1; }
  cp "$build/$1"/_engine*.so "$build/$1-src/calloff/lstm/"
}

# Python itself is not instrumented: the runtime must be there before it, and what Python keeps
# until it ends is no leak of ours.
run_tests() { # name of the build, libraries to load first, tests...
  local name=$1 libraries=$2
  shift 2
  (cd "$build" && PYTHONPATH="$build/$name-src" "$python" -c "import calloff, sys
sys.exit(0 if calloff.__file__.startswith('$build') else 'another calloff is installed: ' + calloff.__file__)")
  (cd "$here" && PYTHONPATH="$build/$name-src" LD_PRELOAD="$libraries" OPENBLAS_NUM_THREADS=1 PYTHONMALLOC=malloc \
    ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    TSAN_OPTIONS="halt_on_error=1:suppressions=$here/tests/sanitize/thread.txt" \
    "$python" -m pytest -q -o addopts= -p no:cacheprovider "$@")
}

library() { "${CXX:-c++}" -print-file-name="$1"; }

build_engine address address,undefined
run_tests address "$(library libasan.so) $(library libubsan.so) $(library libstdc++.so)" -n auto --maxprocesses 8 \
  tests/lstm/test_engine.py tests/lstm/test_engine_training.py tests/lstm/test_engine_threads.py \
  tests/lstm/test_weight_rules.py tests/lstm/test_prediction_engine.py tests/lstm/test_static.py \
  tests/lstm/test_engine_groups.py tests/lstm/test_group_rules.py \
  -k "not memory and not control_c and not notebook_s_network" # the last is long, and mostly NumPy's

[ "${2:-all}" = address ] && { echo "the sanitizers found nothing"; exit 0; }

# Without the shared fixtures: the readers that they import do not live under ThreadSanitizer.
build_engine thread thread
run_tests thread "$(library libtsan.so) $(library libstdc++.so)" \
  --noconftest tests/lstm/test_engine_threads.py tests/lstm/test_static.py tests/lstm/test_engine_groups.py tests/lstm/test_group_rules.py -k "(bits and not beside_others) or progress or interpreter or share_one"
echo "the sanitizers found nothing"
