// One part on demand, in a dialog: the browser keeps the focus in it, and Escape closes it.
"use strict";

(() => {
  const { el } = Calloff;

  function numbers(page, row) {
    const { t, format, summary } = page;
    const known = row.band.length > 1 && row.band[0] !== null;
    const all = [
      [t("term_plan"), format.pieces(row.plan)],
      [t("term_forecast"), format.pieces(row.forecast)],
      [t("term_deviation"), `${format.signed(row.deviation)} (${format.change(row.share)})`],
      known && [`${t("term_range")} (${summary.levels[0]}–${summary.levels.at(-1)} %)`,
        `${format.pieces(row.band[0])} – ${format.pieces(row.band.at(-1))}`],
      "build" in row && [t("term_build"), format.pieces(row.build)],
      ...(summary.stocked && row.target === summary.targets[0] ? ["stock", "before", "on_order",
        "safety", "projected"] : []).map((key) => [t(`term_${key}`), Calloff.stock(page, row, key)]),
      row.shortage !== undefined && row.shortage !== null
        && [t("term_shortage"), format.error(row.shortage)],
      row.surplus !== undefined && row.surplus !== null
        && [t("term_surplus"), format.error(row.surplus)],
      row.override !== null && [t("term_own"), format.pieces(row.override)],
      "final" in row && row.override !== null && [t("term_final"), format.pieces(row.final)],
      [t("term_last"), format.pieces(row.last)],
      [t("term_method"), row.method],
    ].filter(Boolean);
    return el("dl", { class: "facts numbers" }, all.map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }

  function why(page, row) {
    const { t } = page;
    return el("ul", { class: "why" },
      row.why.map((each) => el("li", {}, Calloff.reason(page, "why", each))),
      el("li", {}, `${t("term_how")}: ${Calloff.reason(page, "how", row.how)}`));
  }

  function finding(page, each) {
    const { t, format } = page;
    const fact = typeof each.fact === "number" ? format.pieces(each.fact)
      : each.fact ? format.numeric(each.fact) : "";
    return el("li", {}, t(`part_${each.kind}`, { fact }));
  }

  function findings(page, part, skipped) {
    const { t } = page;
    const all = [
      ...part.findings.map((each) => finding(page, each)),
      skipped && el("li", {}, t(`skip_${skipped.reason}`)),
    ].filter(Boolean);
    return el("div", { class: "found" }, el("h3", {}, t("findings_title")),
      all.length ? el("ul", {}, all) : el("p", { class: "note" }, t("found_nothing")));
  }

  function scores(page, part) {
    const { t, format, summary } = page;
    const { scores: scored } = summary;
    const at = scored ? scored.by_part.keys.indexOf(part.name) : -1;
    const heading = el("h3", {}, t("part_scores_title"));
    if (at < 0) return el("div", {}, heading, el("p", { class: "note" }, t("part_scores_none")));
    const rows = scored.methods
      .map((method) => ({ method, mae: scored.by_part.mae[method][at],
        ratio: scored.x_plan_by_part[method][at] }))
      .sort((a, b) => a.mae - b.mae);
    return el("div", {}, heading,
      el("p", { class: "note" }, t("pairs_count", { count: scored.by_part.pairs[at] })),
      Calloff.plainTable(t("part_scores_title"), [t("term_method"), t("term_mae"), t("term_x_plan")],
        rows.map(({ method, mae, ratio }) => [
          method === scored.used ? el("strong", {}, method) : method,
          format.error(mae), format.ratio(ratio)])));
  }

  function figures(page, part) {
    const { t, summary } = page;
    const row = summary.figures?.parts.find((each) => each.name === part.name);
    return row && el("div", {}, el("h3", {}, t("figures_title")),
      el("p", { class: "note" }, t("figures_note")),
      Calloff.figuresTable(page, [row]));
  }

  Calloff.partDialog = (page, options) => {
    const { t, summary, format } = page;
    const body = el("div", { class: "part-body" });
    const title = el("h2", { id: "part-title", tabindex: "-1" });
    const place = el("span", { class: "note" });
    const state = { names: [], at: 0, figures: [] };
    const step = (by) => () => {
      const at = state.at + by;
      if (at >= 0 && at < state.names.length) show(at);
    };
    const previous = el("button", { type: "button", class: "quiet", onclick: step(-1) },
      t("part_previous"));
    const next = el("button", { type: "button", class: "quiet", onclick: step(1) }, t("part_next"));
    const dialog = el("dialog", { class: "part", "aria-labelledby": "part-title" },
      el("header", {}, title, el("span", { class: "paging" }, place, previous, next,
        el("button", { type: "button", class: "close", onclick: () => dialog.close() },
          t("close")))),
      body);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", clear);

    function clear() {
      for (const figure of state.figures) figure.dispose();
      state.figures = [];
      body.replaceChildren();
    }

    function content(name) {
      const part = summary.parts.list.find((each) => each.name === name);
      const rows = summary.build.filter((row) => row.part === name);
      const skipped = summary.skipped.find((row) => row.part === name);
      const row = rows.find((each) => each.target === page.chosen.target) || rows[0];
      if (!part) return [el("p", {}, t("found_nothing"))];
      const charts = [Calloff.fan(page, part, rows), row && Calloff.storyFigure(page, part, row),
        Calloff.trustFigure(page, part)];
      state.figures = charts.filter(Boolean);
      return [
        row && el("div", { class: "answer" }, Calloff.verdict(t, row.verdict),
          el("span", {}, t(`verdict_${row.verdict}_says`, { target: Calloff.period(page, row.target) }))),
        row && numbers(page, row), row && why(page, row),
        options.partExtra && options.partExtra(name, rows),
        charts[0],
        el("div", { class: "pair" }, charts.slice(1)),
        el("div", { class: "pair" }, scores(page, part), findings(page, part, skipped)),
        el("div", { class: "pair" }, figures(page, part)),
      ].flat().filter(Boolean);
    }

    function show(at) {
      clear();
      state.at = at;
      const name = state.names[at];
      title.replaceChildren(el("span", {}, name));
      place.textContent = t("place", { at: format.pieces(at + 1),
        count: format.pieces(state.names.length) });
      previous.disabled = at === 0;
      next.disabled = at === state.names.length - 1;
      if (!dialog.open) dialog.showModal();
      body.append(...content(name));
      body.scrollTop = 0;
      title.focus({ preventScroll: true });
    }

    return {
      node: dialog,
      open(name, names) {
        state.names = names && names.includes(name) ? names : [name];
        show(state.names.indexOf(name));
      },
    };
  };
})();
