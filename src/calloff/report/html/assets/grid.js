// Parts by target days, with sums by week; or plants, customers, groups, classes in place of parts.
"use strict";

(() => {
  const { el } = Calloff;
  const VALUES = ["forecast", "plan", "deviation", "build", "final"];

  // The Monday of a day's week (ISO 8601).
  const week = (day) => Calloff.days.plus(day, -Calloff.days.weekday(day));

  // Columns: each target day, its week after the last of it, all days. Each has the days that it
  // adds up.
  function spans(page) {
    const { t, summary } = page;
    const { targets, weekly } = summary;
    const weeks = [...new Set(targets.map(week))];
    const daily = targets.map((day) => ({ key: day, days: [day],
      label: Calloff.target(page, day, "middle") }));
    const sums = weekly ? [] : weeks.map((monday) => ({ key: `w${monday}`, sum: true,
      days: targets.filter((day) => week(day) === monday), label: Calloff.weekName(page, monday) }));
    const all = sums.length === 1 ? [] : [{ key: "all", sum: true, days: targets,
      label: t("all_days") }];
    const last = (each) => each.days.at(-1);
    return [...[...daily, ...sums].sort((a, b) => last(a).localeCompare(last(b))
      || Boolean(a.sum) - Boolean(b.sum)), ...all];
  }

  // A row for each part, or for each value of a field: key -> pieces.
  function rows(page, by, value, columns) {
    const { chosen, summary, t } = page;
    const groups = new Map();
    for (const row of summary.build) {
      if (!chosen.keepsPart(row)) continue;
      const name = by === "part" ? row.part : chosen.label(by, row.part) || t("no_label");
      if (!groups.has(name)) groups.set(name, new Map());
      const days = groups.get(name);
      if (row[value] === null) continue; // not known, or built for together with a day before
      days.set(row.target, (days.get(row.target) ?? 0) + row[value]);
    }
    return [...groups].map(([name, days]) => ({ name, ...Object.fromEntries(columns.map((each) => {
      const known = each.days.filter((day) => days.has(day));
      return [each.key, known.length ? known.reduce((sum, day) => sum + days.get(day), 0) : null];
    })) }));
  }

  const choice = (id, label, options, onchange) => {
    const made = el("select", { id, onchange: () => onchange(made.value) },
      options.map(([value, text]) => el("option", { value }, text)));
    return el("span", {}, el("label", { for: id }, label), made);
  };

  Calloff.gridSection = (page) => {
    const { t, format, chosen, summary } = page;
    if (summary.targets.length < 2) return null;
    const state = { by: "part", value: "forecast" };
    const days = spans(page);
    const room = el("div", {});
    const made = () => rows(page, state.by, state.value, days);
    let table;
    function draw() {
      const show = format[state.value === "deviation" ? "signed" : "pieces"];
      const head = { key: "name", label: t(`term_${state.by}`), value: (row) => row.name };
      const cell = (each, row) => (each.sum ? el("strong", {}, show(row[each.key]))
        : show(row[each.key]));
      if (table) table.forget();
      table = Calloff.table(page, {
        caption: t("grid_caption"), titled: true, headed: true, class: "grid", rows: made(),
        sort: days.at(-1).key, size: 25, sizes: [10, 25, 100],
        open: state.by === "part" ? (row, all) => page.open(row.name, all.map((each) => each.name))
          : null,
        columns: [head, ...days.map((each) => ({ key: each.key, label: each.label, number: true,
          value: (row) => row[each.key], cell: (row) => cell(each, row) }))],
        foot: (all) => ({ name: t("total"), ...Object.fromEntries(days.map((each) =>
          [each.key, show(Calloff.sum(all, each.key))])) }),
      });
      room.replaceChildren(table.node);
    }
    draw();
    chosen.on((change) => ["text", "labels", "least", "target", "own"].some((each) => each in change)
      && table.show(made()));
    const set = (name) => (value) => {
      state[name] = value;
      draw();
    };
    return el("section", { id: "grid", "aria-labelledby": "grid-title" },
      el("div", { class: "head" }, el("h2", { id: "grid-title", tabindex: "-1" }, t("grid_title")),
        el("p", {}, t("grid_note"))),
      el("div", { class: "tools" },
        choice("grid-by", t("grid_by"), ["part", ...Calloff.labelFields(page)].map((field) =>
          [field, t(`term_${field}`)]), set("by")),
        choice("grid-value", t("grid_value"), VALUES.filter((name) =>
          name in (summary.build[0] || {})).map((name) => [name, t(`term_${name}`)]),
          set("value"))),
      room);
  };
})();
