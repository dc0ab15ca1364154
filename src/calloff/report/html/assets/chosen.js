// What of the view is chosen: the target day, and which rows of the list. Whoever shows any of it is
// told when it changes.
"use strict";

(() => {
  const { el } = Calloff;

  // Gives {target, keeps(row), keepsPart(row), choose(change), on(listener)}. choose: some of target,
  // text, verdict, and labels (field -> value; none for all).
  Calloff.chosen = (summary, lang) => {
    const listeners = new Set();
    const state = { target: summary.targets[0], text: "", verdict: "", labels: {} };
    const lower = (text) => text.toLocaleLowerCase(lang);
    const label = (field, part) => (summary.labels && summary.labels[field]
      ? summary.labels[field][part] ?? "" : "");
    const named = (part) => lower(part).includes(lower(state.text))
      || lower(label("name", part)).includes(lower(state.text));
    const keepsPart = (row) => (!state.text || named(row.part))
      && Object.entries(state.labels).every(([field, value]) => label(field, row.part) === value);
    return {
      get target() { return state.target; },
      get day() { return summary.days.find((each) => each.target === state.target); },
      get isFirst() { return state.target === summary.targets[0]; },
      label,
      keepsPart,
      keeps: (row) => row.target === state.target && keepsPart(row)
        && (!state.verdict || row.verdict === state.verdict),
      choose(change) {
        Object.assign(state, change);
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
