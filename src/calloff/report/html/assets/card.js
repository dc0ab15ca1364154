// The scorecard: how good the forecasts were that were written down before their day.
"use strict";

(() => {
  const { el } = Calloff;

  const name = (t, method) => t({ forecast: "term_forecast", plan: "term_plan", last: "term_last",
    override: "term_own" }[method]);

  function methods(page, title, rows) {
    const { t, format } = page;
    if (!rows.length) return null;
    const heads = ["method", "mae", "x_plan", "bias", "wape", "coverage", "pairs"];
    return el("div", {}, el("h3", {}, title),
      Calloff.plainTable(title, heads.map((key) => t(`term_${key}`)), rows.map((row) => [
        name(t, row.method), format.error(row.mae), format.ratio(row.x_plan), format.bias(row.bias),
        format.tenth(row.wape), row.coverage === null ? "–" : format.share(row.coverage),
        format.pieces(row.pairs)])));
  }

  function figures(page, rows) {
    const { t, format } = page;
    if (!rows.length) return null;
    const title = t("card_figures");
    const heads = ["index_by_target", "index_by_volume", "weighted_bias", "instability",
      "tracking_signal", "trigg_signal"];
    const ratio = (value) => (value === null ? "–" : format.ratio(value));
    const share = (value) => (value === null ? "–" : format.share(value));
    return el("div", {}, el("h3", {}, title),
      Calloff.plainTable(title, [t("term_method"), ...heads.map((key) => t(`term_${key}`))],
        rows.map((row) => [name(t, row.level), share(row.index_by_target),
          share(row.index_by_volume), ratio(row.weighted_bias), share(row.instability),
          `${ratio(row.tracking_signal)}${row.alarm ? " !" : ""}`, ratio(row.trigg_signal)])));
  }

  function group(page, title, table, head, label) {
    const { t, format } = page;
    if (table.keys.length < 2) return null;
    const shown = Object.keys(table.mae);
    return el("div", {}, el("h3", {}, title),
      Calloff.plainTable(title, [head, ...shown.map((method) => name(t, method)), t("term_pairs")],
        table.keys.map((key, at) => [label(key),
          ...shown.map((method) => format.error(table.mae[method][at])),
          format.pieces(table.pairs[at])])));
  }

  // Nothing where no forecast has been written down, or none of them has come true.
  Calloff.cardSection = (page) => {
    const { t, format, summary } = page;
    const { card } = summary;
    if (!card) return null;
    return el("section", { id: "card", "aria-labelledby": "card-title" },
      el("div", { class: "head" }, el("h2", { id: "card-title", tabindex: "-1" }, t("card_title")),
        el("p", {}, t("card_note", { targets: card.targets, first: Calloff.period(page, card.first),
          last: Calloff.period(page, card.last) }))),
      methods(page, t("card_methods"), card.methods), methods(page, t("card_own"), card.own),
      figures(page, card.figures),
      el("div", { class: "pair" },
        group(page, t("card_by_week"), card.by_week, t("card_week"), (key) => format.middle(key)),
        group(page, t("card_by_lead"), card.by_lead, t("term_lead"), (key) => Calloff.lead(page, key))),
      group(page, t("by_part_title"), card.by_part, t("term_part"), (key) => key));
  };
})();
