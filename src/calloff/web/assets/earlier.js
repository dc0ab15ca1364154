// How earlier forecasts did, now that their day has come.
"use strict";

(() => {
  const { el } = Calloff;

  const head = (columns) => el("thead", {}, el("tr", {}, columns.map((text, place) =>
    el("th", { scope: "col", class: place === 6 ? "number less-narrow" : place > 1 && "number" },
      text))));

  // The errors of plan, forecast and own numbers, all on the same parts.
  function errors(plan, forecast, override, pairs) {
    const { format } = Served;
    const number = (text, more) => el("td", { class: ["number", more].filter(Boolean).join(" ") },
      text);
    return [number(format.error(plan.mae)), number(format.error(forecast.mae)),
      number(plan.mae ? format.ratio(forecast.mae / plan.mae) : "–"),
      number(override ? format.error(override.mae) : "–"),
      number(format.pieces(pairs), "less-narrow")];
  }

  function lines(entry, view) {
    const { t } = Served;
    const said = (day) => Calloff.period(view, day);
    const same = entry.on_override;
    const one = el("tr", {},
      el("th", { scope: "row", class: "when" }, entry.run ? el("a",
        { href: `#/run/${entry.run}` }, said(entry.made)) : said(entry.made)),
      el("td", { class: "when" }, said(entry.target)),
      errors(entry.plan, entry.forecast, null, entry.pairs));
    return same ? [one, el("tr", { class: "of-own" },
      el("th", { scope: "row", colspan: 2, class: "note" }, t("own_parts")),
      errors(same.plan, same.forecast, entry.override, entry.override_pairs))] : [one];
  }

  function parts(entry, view) {
    const { t, format } = Served;
    const title = t("show_parts", { target: Calloff.period(view, entry.target) });
    const names = ["part", "plan", "forecast", "own", "called_off"];
    const details = el("details", { class: "behind" }, el("summary", {}, title));
    details.addEventListener("toggle", () => {
      if (!details.open || details.children.length > 1) return;
      details.append(Calloff.plainTable(title, names.map((name) => t(`term_${name}`)),
        entry.rows.slice(0, 500).map((row) => [row.part, format.pieces(row.plan),
          format.pieces(row.forecast), format.pieces(row.override), format.pieces(row.actual)])));
    });
    return details;
  }

  // The way to it, beside the contents of the view.
  Served.earlierLink = () => el("a", { href: "#earlier", onclick: (event) => {
    event.preventDefault();
    const title = document.getElementById("earlier-title");
    title.scrollIntoView();
    title.focus({ preventScroll: true });
  } }, Served.t("earlier"));

  // A run that cannot be read: which, and why; the others are there all the same.
  function damaged(entry) {
    return el("p", { class: "note" }, el("a", { href: `#/run/${entry.run}` },
      entry.files.join(", ") || entry.run), entry.made ? ` (${Served.format.middle(entry.made)})` : "",
    `: ${entry.problem.message}`);
  }

  // uncounted: how many forecasts of the ledger are not scored, by reason; problems: why it cannot
  // be read.
  Served.earlierSection = (all, summary) => {
    const { uncounted = {}, card_problems: problems = [] } = summary;
    const t = Served.words(summary.weekly);
    const aside = [
      ...uncounted.afterwards ? [t("earlier_afterwards", { count: uncounted.afterwards })] : [],
      ...uncounted.withdrawn ? [t("earlier_withdrawn", { count: uncounted.withdrawn })] : [],
    ...problems.map((each) => each.message)].map((text) => el("p", { class: "note" }, text));
    const entries = all.filter((entry) => !entry.problem);
    const format = Calloff.formats(Served.lang, Calloff.severalYears(
      entries.flatMap((entry) => [entry.made, entry.target])));
    const view = Served.view(summary, format);
    const heads = ["as_of", "target", "plan", "forecast", "x_plan", "own"].map((name) =>
      t(`term_${name}`));
    return el("section", { id: "earlier" },
      el("div", { class: "head" }, el("h2", { id: "earlier-title", tabindex: "-1" }, t("earlier")),
        el("p", {}, t(entries.length ? "earlier_more" : "earlier_none"))),
      entries.length ? el("div", { class: "table" }, el("div", { class: "scroller", tabindex: "0",
        role: "region", "aria-label": t("earlier") }, el("table", {},
        el("caption", { class: "unseen" }, t("earlier")),
        head([...heads, t("parts")]),
        el("tbody", {}, entries.map((entry) => lines(entry, view)))))) : null, aside,
      entries.slice(0, 5).map((entry) => parts(entry, view)), all.filter((entry) => entry.problem).map(damaged));
  };
})();
