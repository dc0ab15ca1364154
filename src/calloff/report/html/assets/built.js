// What is finally built: the own number, or else the quantity to build; and the stock behind it.
"use strict";

(() => {
  const { el } = Calloff;

  const known = (value) => value !== null && value !== undefined;

  // The sum of what is known of a column; null where nothing is.
  Calloff.sum = (rows, key) => {
    const values = rows.map((row) => row[key]).filter(known);
    return values.length ? values.reduce((sum, value) => sum + value, 0) : null;
  };

  // A quantity of the stock; that none was given, where something is to be built.
  Calloff.stock = (page, row, key) => {
    if (known(row[key])) {
      const text = page.format.pieces(row[key]);
      return row[key] < 0 ? el("span", { class: "lacking" }, text) : text;
    }
    return known(row.build) ? el("span", { class: "note" }, page.t("not_given")) : "–";
  };

  // A cell that follows own numbers while it is shown.
  function live(page, row, key, draw) {
    const node = el("span", {}, draw(row));
    if (!page.live.has(row)) page.live.set(row, new Map());
    page.live.get(row).set(key, () => node.replaceChildren(draw(row)));
    return node;
  }

  // The columns from the stock to what is finally built. number makes one: (key, show, more).
  Calloff.builtColumns = (page, number) => {
    const { t, format, summary } = page;
    const [first = {}] = summary.build;
    const own = page.override || summary.build.some((row) => known(row.override));
    const following = (key, draw) => ({ cell: (row) => live(page, row, key, draw) });
    return [
      summary.stocked && number("projected", null, { less: "middle",
        ...following("projected", (row) => Calloff.stock(page, row, "projected")) }),
      "build" in first && number("build", null,
        following("build", (row) => format.pieces(row.build))),
      own && number("override", format.pieces, { label: t("term_own"), hint: t("meaning_own"),
        ...(page.override && { cell: page.override }) }),
      own && "final" in first && number("final", null,
        following("final", (row) => el("strong", {}, format.pieces(row.final)))),
    ];
  };

  // Sums over the rows that are chosen, below the list.
  Calloff.builtTotals = (page) => (rows) => {
    const { t, format } = page;
    const sum = (key, show = format.pieces) => show(Calloff.sum(rows, key));
    return { part: t("total"), plan: sum("plan"), forecast: sum("forecast"),
      deviation: sum("deviation", format.signed), build: sum("build"), final: sum("final"),
      value: format.pieces(rows.reduce((all, row) => all + (page.chosen.value(row) ?? 0), 0)) };
  };

  // What is finally built in all, and what of it is the planner's own.
  Calloff.builtFigure = (page, figure) => {
    const { t, format, summary, chosen } = page;
    const rows = summary.build.filter((row) => row.target === chosen.target && chosen.keepsPart(row));
    const total = Calloff.sum(rows, "final");
    if (total === null) return null;
    const own = rows.filter((row) => known(row.override)).length;
    return figure(format.pieces(total), t("pieces"), t("fig_final"), t("fig_final_note",
      { build: format.pieces(Calloff.sum(rows, "build")), count: format.pieces(own) }));
  };

  // Own numbers were changed: what hangs on them, without drawing the list anew, in which somebody
  // may be typing.
  Calloff.builtAgain = (page) => {
    Calloff.builtByDay(page.summary);
    for (const cells of page.live.values()) for (const draw of cells.values()) draw();
    page.chosen.choose({ own: true });
  };

  // Below the list: for which days it is built, which stock does not last, what plans leave out.
  Calloff.builtNotes = (page) => {
    const { t, format, summary, chosen } = page;
    const { target } = chosen;
    const note = (key, facts) => el("p", { class: "note" }, t(key, facts));
    const named = (day) => Calloff.target(page, day, "middle");
    const names = (parts) => Calloff.listed(parts.map((part) => Calloff.partLink(page, part, part)));
    const said = (key, parts) => parts.length > 0 && el("p", { class: "note alarming" },
      t(key, { count: format.pieces(parts.length), target: named(target) }), " ", names(parts));
    const days = summary.covered[target];
    if (!days) {
      const [first] = Object.entries(summary.covered).find(([, all]) => all.includes(target)) || [];
      return [first ? note("build_together", { target: named(first) })
        : Object.keys(summary.covered).length > 0 && note("build_open")];
    }
    const lacking = summary.build.filter((row) => row.target === target && row.projected < 0)
      .sort((a, b) => a.projected - b.projected).map((row) => row.part);
    return [
      days.length > 1 && el("p", { class: "note covered" }, t("covered",
        { count: days.length, days: days.map(named).join(", ") })),
      summary.stocked && !chosen.isFirst && note("build_later"),
      said("lacking", lacking), said("unsaid", summary.unsaid[target] || []),
    ];
  };
})();
