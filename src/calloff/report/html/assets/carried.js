// What is finally built for one target day after the other: what was built for an earlier one is on
// hand for the later one. The same rule, to the last bit, as planning/build_days.py.
"use strict";

(() => {
  const known = (value) => value !== null && value !== undefined;

  // Pieces in whole packs, as planning/build.py rounds them.
  function toPacks(need, [size, minimum] = [1, 0]) {
    const wanted = need > 0 ? Math.max(need, minimum) : 0;
    return Math.ceil(wanted / size - 1e-9) * size + 0;
  }

  function carry(summary, row, built) {
    if (!known(row.stock) || row.built_before === built) return;
    row.built_before = built;
    row.projected = row.stock - row.before + built + row.on_order;
    if (!known(row.cover)) return;
    const usable = row.projected - row.safety;
    row.build = toPacks(Math.max(row.cover - usable, 0), summary.packs[row.part]);
  }

  // Brings what is built, and the stock behind it, up to date with the own numbers of the rows.
  Calloff.builtByDay = (summary) => {
    if (!summary.build.length || !("build" in summary.build[0])) return;
    const built = new Map(); // part -> pieces finally built for the days before
    for (const target of summary.targets) {
      for (const row of summary.build.filter((each) => each.target === target)) {
        const before = built.get(row.part) ?? 0;
        carry(summary, row, before);
        row.final = known(row.override) ? row.override : row.build;
        built.set(row.part, before + (row.final ?? 0));
      }
    }
  };
})();
