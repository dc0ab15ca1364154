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

  // The columns from the stock to what is finally built. number makes one: (key, show, more).
  Calloff.builtColumns = (page, number) => {
    const { t, format, summary } = page;
    const [first = {}] = summary.build;
    const own = page.override || summary.build.some((row) => known(row.override));
    return [
      summary.stocked && number("projected", null,
        { less: "middle", cell: (row) => Calloff.stock(page, row, "projected") }),
      "build" in first && number("build", format.pieces),
      own && number("override", format.pieces, { label: t("term_own"), hint: t("meaning_own"),
        ...(page.override && { cell: page.override }) }),
      own && "final" in first && number("final", format.pieces, { cell: (row) => final(page, row) }),
    ];
  };

  function final(page, row) {
    const node = el("strong", {}, page.format.pieces(row.final));
    page.finals.set(row, node);
    return node;
  }

  // Sums over the rows that are chosen, below the list.
  Calloff.builtTotals = (page) => (rows) => {
    const { t, format } = page;
    const sum = (key, show = format.pieces) => show(Calloff.sum(rows, key));
    return { part: t("total"), plan: sum("plan"), forecast: sum("forecast"),
      deviation: sum("deviation", format.signed), build: sum("build"), final: sum("final") };
  };

  // What is finally built in all, and what of it is the planner's own.
  Calloff.builtFigure = (page, figure) => {
    const { t, format, summary, chosen } = page;
    const rows = summary.build.filter((row) => row.target === chosen.target);
    const total = Calloff.sum(rows, "final");
    if (total === null) return null;
    const own = rows.filter((row) => known(row.override)).length;
    return figure(format.pieces(total), t("pieces"), t("fig_final"), t("fig_final_note",
      { build: format.pieces(Calloff.sum(rows, "build")), count: format.pieces(own) }));
  };

  // Own numbers were changed: what hangs on them, without drawing the list anew, in which somebody
  // may be typing.
  Calloff.builtAgain = (page) => {
    for (const row of page.summary.build) {
      if ("build" in row) row.final = known(row.override) ? row.override : row.build;
    }
    for (const [row, node] of page.finals) node.textContent = page.format.pieces(row.final);
    page.chosen.choose({ own: true });
  };

  // Below the list: for which days it is built, which stock does not last, what plans leave out.
  Calloff.builtNotes = (page) => {
    const { t, format, summary, chosen } = page;
    if (!chosen.isFirst) return [el("p", { class: "note" }, t("build_first"))];
    const names = (parts) => Calloff.listed(parts.map((part) => Calloff.partLink(page, part, part)));
    const said = (key, parts) => parts.length > 0 && el("p", { class: "note alarming" },
      t(key, { count: format.pieces(parts.length),
        target: Calloff.target(page, chosen.target, "middle") }), " ", names(parts));
    return [
      summary.covered.length > 1 && el("p", { class: "note covered" }, t("covered",
        { count: summary.covered.length, days: summary.covered
          .map((day) => Calloff.target(page, day, "middle")).join(", ") })),
      said("lacking", summary.lacking), said("unsaid", summary.unsaid),
    ];
  };
})();
