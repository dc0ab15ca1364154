// The whole view: Calloff.mount(element, summary, strings).
"use strict";

(() => {
  const { el } = Calloff;

  function masthead(page, options) {
    const { t, summary } = page;
    const files = summary.sources.map((source) => source.name).join(", ");
    return el("header", { class: "masthead" },
      el("div", {},
        el("p", { class: "brand" }, "calloff"),
        Calloff.ofDay(page, () => el("h1", {}, Calloff.target(page, page.chosen.target, "whole"))),
        el("p", { class: "lede" }, t("lede", { as_of: Calloff.period(page, summary.as_of),
          lead: Calloff.sayLead(page, summary.lead) })),
        summary.newest ? el("p", { class: "older" }, t(summary.copied ? "older_copied" : "older_unread",
          { newest: Calloff.period(page, summary.newest), as_of: Calloff.period(page, summary.as_of) })) : null,
        summary.targets.length < summary.asked_days ? el("p", { class: "note fewer" },
          t("fewer_days", { asked: summary.asked_days, count: summary.targets.length })) : null,
        files && el("p", { class: "note" }, files)),
      options.bare ? null : Calloff.themeSwitch(t));
  }

  function contents(page, options) {
    const { t } = page;
    const link = (name) => el("a", { href: `#${name}`, onclick: (event) => {
      event.preventDefault();
      const title = page.root.querySelector(`#${name}-title`);
      title.scrollIntoView({ behavior: Calloff.theme.still() ? "auto" : "smooth" });
      title.focus({ preventScroll: true });
    } }, t(`${name}_short`));
    return el("nav", { class: "contents", "aria-label": t("contents") },
      ["build", page.summary.targets.length > 1 && "grid", "scores", page.summary.card && "card",
        "data"].filter(Boolean).map(link), options.links);
  }

  function colophon(page) {
    const { t, format, summary } = page;
    return el("footer", { class: "colophon" },
      el("p", {}, t("made_by", { version: summary.version })),
      summary.sources.map((source) => el("p", { class: "source" },
        `${source.name} · ${format.bytes(source.size)} · SHA-256 `, el("code", {}, source.sha256))),
      summary.excluded.length
        ? el("p", {}, t("excluded", { parts: summary.excluded.join(", ") })) : null);
  }

  const severalYears = ({ parts, targets, scores }) => Calloff.severalYears([parts.issued[0],
    parts.called[0], scores && scores.first, targets[targets.length - 1]]);

  // Draws the whole view into element. strings: the words of one language, with `lang`.
  // options: bare (no theme switch), links (nodes beside the contents), partExtra(name, rows)
  // (a node in the dialog of a part), override(row) (a node in the list where the planner's own
  // number is changed). Gives {open(part), changed(): own numbers were, scored(summary): the past has
  // been, listed(): the rows of the list as they stand, destroy()}.
  Calloff.mount = (element, summary, strings, options = {}) => {
    const listeners = new Set();
    const page = {
      summary,
      lang: strings.lang,
      t: Calloff.words(strings, summary.weekly),
      format: Calloff.formats(strings.lang, severalYears(summary)),
      root: element,
      override: options.override,
      chosen: Calloff.chosen(summary, strings.lang),
      live: new Map(), // row of the list -> its cells that follow own numbers
      onTheme(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const forget = Calloff.theme.onChange(() => listeners.forEach((listener) => listener()));
    const dialog = Calloff.partDialog(page, options);
    page.open = (name, names) => dialog.open(name, names);
    const figures = Calloff.ofDay(page, () => Calloff.keyFigures(page));
    let scores = Calloff.scoresSection(page);
    page.chosen.on((change) => ["own", "text", "labels", "least"].some((each) => each in change)
      && figures.replaceChildren(...Calloff.keyFigures(page)));
    const sections = el("main", { id: "main" }, figures, Calloff.buildSection(page),
      Calloff.gridSection(page), scores, Calloff.cardSection(page), Calloff.dataSection(page));
    element.classList.add("calloff");
    element.replaceChildren(
      el("a", { class: "skip", href: "#main" }, page.t("skip")),
      masthead(page, options), contents(page, options), sections, colophon(page), dialog.node);
    return {
      open: page.open,
      changed: () => Calloff.builtAgain(page),
      listed: () => page.listed(),
      scored(found) { // the list stays as it is, with all that is being typed into it
        for (const name of ["scores", "curves", "parts", "scoring", "unscored"]) {
          page.summary[name] = found[name];
        }
        figures.replaceChildren(...Calloff.keyFigures(page));
        const made = Calloff.scoresSection(page);
        scores.replaceWith(made);
        scores = made;
      },
      destroy() {
        forget();
        listeners.clear();
        element.replaceChildren();
      },
    };
  };
})();
