#!/usr/bin/env bash
# Build the charts library that the pages carry, from its npm package, and note what it is.
set -euo pipefail
cd "$(dirname "$0")"
assets=../../src/calloff/report/html/assets
npm install --no-fund --no-audit --loglevel=error
npm run --silent build
licenses=../../licenses
cp node_modules/echarts/LICENSE "$licenses/echarts.LICENSE.txt"
cp node_modules/echarts/NOTICE "$licenses/echarts.NOTICE.txt"
cp node_modules/echarts/licenses/LICENSE-d3 "$licenses/d3.LICENSE.txt"
cp node_modules/zrender/LICENSE "$licenses/zrender.LICENSE.txt"
sum=$(sha256sum "$assets/echarts.min.js" | cut -d' ' -f1)
version=$(node -p 'require("echarts/package.json").version')
cat > "$assets/echarts.txt" <<NOTE
Apache ECharts $version (npm package "echarts"), Apache-2.0; its licence and those of its parts: folder licenses.
A bundle of the charts that the pages draw, made by tools/echarts/build.sh.
sha256 of echarts.min.js: $sum
NOTE
