// What of the view is chosen: the target day, and which rows of the list. Whoever shows any of it is
// told when it changes.
"use strict";

(() => {
  const { el } = Calloff;

  // A target day over the parts that are chosen.
  function summed(summary, target, keeps) {
    const rows = summary.build.filter((row) => row.target === target && keeps(row));
    const sum = (key) => rows.reduce((all, row) => all + row[key], 0);
    const count = (verdict) => rows.filter((row) => row.verdict === verdict).length;
    return { target, plans: rows.length, plan: sum("plan"), forecast: sum("forecast"),
      deviation: sum("deviation"), distrust: count("distrust"), differs: count("differs"),
      agrees: count("agrees") };
  }

  // Gives {target, keeps(row), keepsPart(row), choose(change), on(listener)}. choose: some of target,
  // text, verdict, labels (field -> value; none for all), and least (value: price times forecast).
  Calloff.chosen = (summary, lang) => {
    const listeners = new Set();
    const state = { target: summary.targets[0], text: "", verdict: "", labels: {}, least: 0 };
    const lower = (text) => text.toLocaleLowerCase(lang);
    const label = (field, part) => (summary.labels && summary.labels[field]
      ? summary.labels[field][part] ?? "" : "");
    const named = (part) => lower(part).includes(lower(state.text))
      || lower(label("name", part)).includes(lower(state.text));
    const prices = summary.prices || {};
    const value = (row) => (row.part in prices ? prices[row.part] * row.forecast : null);
    let worth = null; // part -> its value on the chosen day
    const worthOf = (part) => {
      worth ??= new Map(summary.build.filter((row) => row.target === state.target)
        .map((row) => [row.part, value(row)]));
      return worth.get(part) ?? -1;
    };
    const keepsPart = (row) => (!state.text || named(row.part))
      && (!state.least || worthOf(row.part) >= state.least)
      && Object.entries(state.labels).every(([field, value]) => label(field, row.part) === value);
    return {
      get target() { return state.target; },
      get day() { return summed(summary, state.target, keepsPart); },
      // How many of the parts of the day are chosen, whatever their verdict; null for all.
      get some() {
        const all = summary.build.filter((row) => row.target === state.target);
        const count = all.filter(keepsPart).length;
        return count < all.length ? { count, all: all.length } : null;
      },
      value,
      get isFirst() { return state.target === summary.targets[0]; },
      label,
      keepsPart,
      keeps: (row) => row.target === state.target && keepsPart(row)
        && (!state.verdict || row.verdict === state.verdict),
      choose(change) {
        Object.assign(state, change);
        if ("target" in change) worth = null;
        for (const listener of listeners) listener(change);
      },
      on(listener) { listeners.add(listener); },
    };
  };

  // A node that is drawn anew whenever another target day is chosen.
  Calloff.ofDay = (page, draw) => {
    const room = el("div", { class: "of-day" });
    const again = () => room.replaceChildren(...[draw()].flat().filter(Boolean));
    page.chosen.on((change) => "target" in change && again());
    again();
    return room;
  };

  // Where the target day is chosen, if there are several.
  Calloff.dayChoice = (page) => {
    const { t, summary } = page;
    if (summary.targets.length < 2) return null;
    const choice = el("select", { id: "target",
      onchange: () => page.chosen.choose({ target: choice.value }) },
    summary.targets.map((day) => el("option", { value: day }, Calloff.target(page, day, "middle"))));
    return el("span", {}, el("label", { for: "target" }, t("term_target")), choice);
  };
})();
