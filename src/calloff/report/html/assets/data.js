// The data: its days, what was found in it, what was set aside, how the horizons hang together.
"use strict";

(() => {
  const { el } = Calloff;
  const KINDS = { f: "fresh", i: "idle", s: "stale", m: "missing" };
  const OF_PARTS = new Set(["conflicts", "totals", "appear", "vanish", "gaps", "zero"]);
  const ISO = /^\d{4}-\d{2}-\d{2}$/;
  const FEW = 12; // names of a finding before the rest is folded away

  // Weeks as columns, weekdays as rows: what kind of day each was.
  function calendar(page) {
    const { t, format, summary } = page;
    const { first, days } = summary.data.calendar;
    if (!first) return null;
    const all = [...days].map((letter, at) =>
      ({ day: Calloff.days.plus(first, at), kind: KINDS[letter] }));
    // Weekdays on which nothing was ever sent are left out: of a weekly customer one is left.
    const sent = [0, 1, 2, 3, 4, 5, 6].filter((weekday) => all.some(({ day, kind }) =>
      kind !== "missing" && Calloff.days.weekday(day) === weekday));
    const drawn = all.filter(({ day }) => sent.includes(Calloff.days.weekday(day)));
    const blank = Calloff.days.weekday(first);
    const weeks = Math.ceil((blank + all.length) / 7);
    const grid = el("div", { class: "calendar", "aria-hidden": "true" });
    grid.style.setProperty("--weeks", weeks);
    sent.forEach((weekday, row) => {
      const label = el("span", { class: "weekday" },
        format.weekday(Calloff.days.plus("2024-01-01", weekday)));
      label.style.gridArea = `${row + 2} / 1`;
      grid.append(label);
    });
    let month = "";
    for (const { day, kind } of drawn) {
      const column = Math.floor((blank + Calloff.days.between(first, day)) / 7) + 2;
      if (day.slice(0, 7) !== month) {
        const label = el("span", { class: "month" },
          format[month.slice(0, 4) === day.slice(0, 4) ? "month" : "year"](day));
        month = day.slice(0, 7);
        const span = Math.max(1, Math.min(3, weeks + 2 - column));
        label.style.gridArea = `1 / ${column} / 2 / span ${span}`;
        grid.append(label);
      }
      const title = `${format.middle(day)}: ${t(`day_${kind}`)}`;
      const cell = el("span", { class: `day ${kind}`, title }, String(Number(day.slice(8))));
      cell.style.gridArea = `${sent.indexOf(Calloff.days.weekday(day)) + 2} / ${column}`;
      grid.append(cell);
    }
    const count = (kind) => drawn.filter((each) => each.kind === kind).length;
    const legend = Object.values(KINDS).filter(count).map((kind) =>
      el("li", {}, el("span", { class: `day ${kind}`, "aria-hidden": "true" }),
        t(`day_${kind}`), " ", el("strong", {}, format.pieces(count(kind)))));
    const rows = drawn.map(({ day, kind }) => [format.middle(day), t(`day_${kind}`)]);
    const inside = el("div", { class: "behind" });
    return el("figure", { class: "days" },
      el("figcaption", {}, el("h3", {}, t("calendar_title")),
        el("p", { class: "note" }, t("calendar_note"))),
      el("div", { class: "scroller", tabindex: "0", role: "region",
        "aria-label": t("calendar_title") }, grid),
      el("ul", { class: "legend" }, legend),
      el("details", { ontoggle: () => inside.firstChild || inside.append(
        Calloff.plainTable(t("calendar_title"), [t("issue_day"), t("kind")], rows)) },
      el("summary", {}, t("as_table")), inside));
  }

  function heat(page) {
    const { t, format, summary } = page;
    const found = summary.data.correlation;
    if (!found) return null;
    const names = found.leads.map((lead) => Calloff.lead(page, lead));
    const cells = found.r.flatMap((row, y) => row.map((value, x) => [x, y, value]))
      .filter(([x, y, value]) => value !== null && x <= y);
    const floor = Math.floor(10 * Math.min(0.9, ...cells.map((cell) => cell[2]))) / 10;
    return Calloff.figure(page, {
      title: t("heat_title"), size: "square",
      note: t("heat_note", { parts: format.pieces(found.parts) }), alt: t("heat_alt"),
      option: (colours, width) => ({
        grid: { left: 4, right: 8, top: 8, bottom: 4, containLabel: true },
        tooltip: { trigger: "item", formatter: ({ data }) =>
          `${names[data.value[1]]} – ${names[data.value[0]]}\nr = ${format.ratio(data.value[2])}` },
        visualMap: { show: false, min: floor, max: 1, dimension: 2,
          inRange: { color: [colours.soft, colours.ours] } },
        xAxis: { type: "category", data: names, splitLine: { show: false } },
        yAxis: { type: "category", data: names, inverse: true, splitLine: { show: false } },
        series: [{ type: "heatmap", data: cells.map((value) => ({ value,
          label: { color: value[2] > floor + 0.55 * (1 - floor) ? colours.surface : colours.ink } })),
          label: { show: width / names.length > 34, fontSize: width / names.length > 52 ? 12 : 10,
            color: colours.ink, formatter: ({ data }) => format.ratio(data.value[2]) },
          itemStyle: { borderColor: colours.surface, borderWidth: 2, borderRadius: 3 },
          emphasis: { disabled: true } }],
      }),
      table: () => ({ head: [t("term_lead"), ...names], rows: found.r.map((row, at) =>
        [names[at], ...row.map((value) => format.ratio(value))]) }),
    });
  }

  function facts(page) {
    const { t, format, summary } = page;
    const { facts: known, stale, files } = summary.data;
    const rows = [
      [t("term_file"), [...new Set(files.map((file) => file.file))].slice(0, FEW).join(", ")],
      [t("rows"), t("rows_used", { rows: format.pieces(known.rows),
        used: format.pieces(known.rows_used) })],
      [t("parts"), format.pieces(known.parts)],
      [t("issue_days"), known.first_day ? t("days_span", { days: format.pieces(known.issue_days),
        first: format.numeric(known.first_day), last: format.numeric(known.last_day) }) : "–"],
      [t("stale_days"), format.pieces(stale.length)],
      [t("horizon"), Calloff.lead(page, known.horizon)],
    ];
    return el("dl", { class: "facts" }, rows.map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }

  function names(page, finding) {
    const { t, format } = page;
    const shown = (fact) => (typeof fact === "number" ? format.pieces(fact) : format.short(fact));
    const said = (name) => (ISO.test(name) ? format.numeric(name) : name);
    const text = ([name, fact]) => (fact === null ? said(name) : `${said(name)} (${shown(fact)})`);
    const one = ([english, korean]) => [(page.lang === "ko" && korean) || english, null];
    const where = finding.kind === "messages" ? finding.where.map(one) : finding.where;
    const all = where.map((each) => (OF_PARTS.has(finding.kind)
      ? Calloff.partLink(page, each[0], text(each)) : text(each)));
    const rest = finding.count - FEW;
    if (rest <= 0) return Calloff.listed(all);
    return [el("p", {}, Calloff.listed(all.slice(0, FEW))),
      el("details", {}, el("summary", {}, t("more", { count: format.pieces(rest) })),
        Calloff.listed(all.slice(FEW)))];
  }

  function findings(page) {
    const { t, format, summary } = page;
    const { findings: found, set_aside: aside } = summary.data;
    const listed = found.map((each) => el("tr", {},
      el("th", { scope: "row" }, t(`finding_${each.kind}`)),
      el("td", { class: "number" }, format.pieces(each.count)), el("td", {}, names(page, each))));
    const reasons = aside.map((each) => el("tr", {},
      el("th", { scope: "row" }, t("finding_aside", { reason: t(`reason_${each.reason}`) })),
      el("td", { class: "number" }, format.pieces(each.rows)), el("td", {}, "")));
    if (!listed.length && !reasons.length) return el("p", {}, t("found_nothing"));
    return el("div", { class: "scroller", tabindex: "0", role: "region",
      "aria-label": t("findings_title") },
    el("table", { class: "findings" },
      el("caption", { class: "unseen" }, t("findings_title")),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("term_finding")),
        el("th", { scope: "col", class: "number" }, t("term_count")),
        el("th", { scope: "col" }, t("term_where")))),
      el("tbody", {}, listed, reasons)));
  }

  function faults(page) {
    const { t, format, summary } = page;
    const { faults: cells, faulty } = summary.data;
    if (!cells.length) return null;
    const column = (key, label, more) => ({ key, label, value: (row) => row[key], ...more });
    return el("div", {}, el("h3", {}, t("faults_title", { count: format.pieces(faulty) })),
      cells.length < faulty && el("p", { class: "note" },
        t("faults_some", { count: format.pieces(cells.length) })),
      Calloff.table(page, {
        caption: t("faults_title", { count: format.pieces(faulty) }), titled: true, rows: cells,
        sizes: [10, 50], printed: 10, columns: [
          column("cell", t("term_cell")), column("column", t("term_column"), { less: "narrow" }),
          column("value", t("term_content")),
          column("reason", t("term_reason"), { cell: (row) => t(`reason_${row.reason}`) }),
          column("sheet", t("term_sheet"), { less: "middle" }),
          column("file", t("term_file"), { less: "middle" }),
        ],
      }).node);
  }

  Calloff.dataSection = (page) => {
    const { t } = page;
    return el("section", { id: "data", "aria-labelledby": "data-title" },
      el("div", { class: "head" },
        el("h2", { id: "data-title", tabindex: "-1" }, t("data_title")), el("p", {}, t("data_note"))),
      facts(page),
      el("div", { class: "pair" }, calendar(page), heat(page)),
      el("h3", {}, t("findings_title")), findings(page), faults(page));
  };
})();
