// What to build and what to distrust: the key figures and the ranked list.
"use strict";

(() => {
  const { el, svg } = Calloff;
  const VERDICTS = ["distrust", "differs", "agrees"];
  const WIDE = 132; // of the small picture in a row, and its height
  const HIGH = 22;

  // A verdict in words; its sign is for the eye only.
  Calloff.verdict = (t, verdict) => {
    const [, sign, words] = t(`verdict_${verdict}`).match(/^([^\p{L}]*)(.*)$/u);
    return el("span", { class: `verdict ${verdict}` },
      sign && el("span", { "aria-hidden": "true" }, sign), words);
  };

  // A name that opens its part.
  Calloff.partLink = (page, name, text) =>
    el("button", { type: "button", class: "open", "aria-haspopup": "dialog",
      onclick: () => page.open(name) }, text);

  // Nodes or texts in a line, with commas between.
  Calloff.listed = (all) => all.flatMap((each, at) => (at ? [", ", each] : [each]));

  // A reason in words: room is "why" (a plan is doubted) or "how" (a forecast came about).
  Calloff.reason = (page, room, reason) => {
    const { t, format } = page;
    const facts = { ...reason };
    if ("lag" in reason) {
      facts.lag = page.summary.weekly ? Calloff.sayLead(page, reason.lag)
        : Calloff.lead(page, reason.lag);
    }
    if ("day" in reason) facts.day = Calloff.period(page, reason.day);
    if ("before" in reason) facts.before = format.pieces(reason.before);
    if ("mix" in reason) {
      facts.mix = reason.mix.map(([method, weight, pieces]) =>
        `${method} ${format.share(weight)} (${format.pieces(pieces)})`).join(", ");
    }
    for (const name of ["pieces", "share", "ratio"]) {
      if (name in reason) facts[name] = format[name](reason[name]);
    }
    return t(`${room}_${reason.code}`, facts);
  };

  // Forecast and band against the plan, which is the line in the middle: all rows on one scale.
  function against(page, row) {
    if (!row.plan) return "–";
    const { t, format } = page;
    const at = (value) => {
      const share = (value - row.plan) / row.plan / page.reach;
      return WIDE / 2 + Math.max(-1, Math.min(1, share)) * (WIDE / 2 - 6);
    };
    const [low, high] = [row.band[0], row.band[row.band.length - 1]];
    const known = row.band.length > 1 && low !== null;
    const text = t("against_alt", { forecast: format.pieces(row.forecast),
      plan: format.pieces(row.plan) });
    return svg("svg", { class: `against ${row.verdict}`, viewBox: `0 0 ${WIDE} ${HIGH}`,
      width: WIDE, height: HIGH, role: "img", "aria-label": text },
    svg("line", { class: "scale", x1: 0, x2: WIDE, y1: HIGH / 2, y2: HIGH / 2 }),
    known && svg("rect", { class: "band", x: at(low), y: HIGH / 2 - 4,
      width: Math.max(2, at(high) - at(low)), height: 8, rx: 4 }),
    svg("line", { class: "planned", x1: WIDE / 2, x2: WIDE / 2, y1: 2, y2: HIGH - 2 }),
    svg("path", { class: "said", d: `M${at(row.forecast)} ${HIGH / 2 - 6}l6 6l-6 6l-6 -6z` }));
  }

  const band = (page, row) => {
    const [low, high] = [row.band[0], row.band[row.band.length - 1]];
    if (row.band.length < 2 || low === null) return "–";
    return `${page.format.pieces(low)} – ${page.format.pieces(high)}`;
  };

  // How far the small pictures reach: wide enough for most bands; longer ones end at the edge.
  function reach(rows) {
    const edges = rows.filter((row) => row.plan > 0).map((row) => {
      const ends = [row.forecast, row.band[0] ?? row.forecast, row.band.at(-1) ?? row.forecast];
      return Math.max(...ends.map((value) => Math.abs(value - row.plan) / row.plan));
    }).sort((a, b) => a - b);
    const most = edges[Math.floor(edges.length * 0.6)] || 0;
    return [0.1, 0.2, 0.3, 0.5, 0.75].find((each) => most <= each) || 1;
  }

  function columns(page) {
    const { t, format, summary } = page;
    const named = (key) => ({ label: t(`term_${key}`), hint: t(`meaning_${key}`) });
    const number = (key, show, more) => ({ key, ...named(key), number: true,
      value: (row) => row[key], cell: (row) => show(row[key]), ...more });
    const built = Calloff.builtColumns(page, number);
    return [
      { key: "part", ...named("part"), value: (row) => row.part },
      ...Calloff.labelColumns(page, named),
      { key: "verdict", ...named("verdict"), less: "narrow",
        value: (row) => VERDICTS.indexOf(row.verdict),
        cell: (row) => Calloff.verdict(t, row.verdict), number: false },
      number("plan", format.pieces),
      number("forecast", format.pieces),
      number("deviation", format.signed, { value: (row) => Math.abs(row.deviation),
        less: built.some(Boolean) && "narrow" }), // on a phone there is room for what to build
      number("share", format.change, { less: "narrow" }),
      Calloff.valueColumn(page, named),
      { key: "against", label: t("against"), less: "middle",
        hint: t("hint_against", { share: format.share(page.reach) }),
        value: (row) => row.share, cell: (row) => against(page, row) },
      { key: "band", ...named("range"), number: true, less: "middle",
        value: (row) => (row.band.length ? row.band[0] : null), cell: (row) => band(page, row) },
      ...built,
      number("usual", format.error, { less: "wide" }),
      number("inside", format.share, { less: "wide",
        label: t("term_inside", { tolerance: format.share(summary.tolerance) }) }),
      { key: "why", ...named("why"), less: "middle", wide: true,
        value: (row) => (row.why[0] ? row.why[0].code : null),
        cell: (row) => (row.why[0] ? Calloff.reason(page, "why", row.why[0]) : "–") },
    ].filter(Boolean);
  }

  function figure(value, unit, label, note) {
    return el("div", { class: "figure" },
      el("dt", {}, label),
      el("dd", {}, el("strong", {}, value), unit && el("span", { class: "unit" }, ` ${unit}`)),
      note && el("dd", { class: "note" }, note));
  }

  // The numbers that a planner wants before anything else.
  Calloff.keyFigures = (page) => {
    const { t, format, summary } = page;
    const { plans, distrust, differs, plan, forecast, deviation } = page.chosen.day;
    const { some } = page.chosen;
    const scored = summary.scores;
    const ours = scored && scored.overall.find((row) => row.method === scored.used);
    const theirs = scored && scored.overall.find((row) => row.method === "plan");
    return [el("dl", { class: "figures" },
      figure(format.pieces(distrust),
        t("of_count", { count: format.pieces(plans) }), t("fig_distrust"),
        t("fig_distrust_note", { count: format.pieces(differs) })),
      figure(format.signed(deviation), t("pieces"), t("fig_total"),
        t("fig_total_note", { plan: format.pieces(plan), forecast: format.pieces(forecast) })),
      Calloff.builtFigure(page, figure),
      ours && figure(ours.x_plan === null ? "–" : format.change(ours.x_plan - 1), null,
        t("fig_error"), t("fig_error_note", { ours: format.error(ours.mae),
          plan: format.error(theirs.mae), days: scored.targets })),
      ours && ours.coverage !== null && figure(format.share(ours.coverage), null, t("fig_sure"),
        t("fig_sure_note", { share: format.share(scored.promised) }))),
    some && el("p", { class: "note of-chosen" }, t("of_chosen",
      { count: format.pieces(some.count), all: format.pieces(some.all) }))].filter(Boolean);
  };

  function choice(page) {
    const { t, format, summary } = page;
    const best = summary.choice.scores[0];
    return el("p", { class: "choice" }, t(`choice_${summary.choice.why}`, {
      method: summary.choice.method, targets: summary.choice.targets,
      mae: best ? format.ratio(best.mae) : "–", ratio: best ? format.ratio(best.x_plan) : "–",
    }));
  }

  function skipped(page) {
    const { t, format, summary } = page;
    const first = summary.skipped.filter((row) => row.target === page.chosen.target);
    if (!first.length) return null;
    const names = (rows) => Calloff.listed(rows.map((row) => Calloff.partLink(page, row.part,
      row.since ? `${row.part} (${format.short(row.since)})` : row.part)));
    const reasons = [...new Set(first.map((row) => row.reason))];
    return el("details", { class: "skipped" },
      el("summary", {}, t("skipped", { count: format.pieces(first.length) })),
      el("ul", {}, reasons.map((reason) => el("li", {}, el("strong", {}, t(`skip_${reason}`), ":"), " ",
        names(first.filter((row) => row.reason === reason))))));
  }

  Calloff.buildSection = (page) => {
    const { t, format, summary } = page;
    page.reach = reach(summary.build);
    const { chosen } = page;
    const wanted = () => summary.build.filter(chosen.keeps);
    const table = Calloff.table(page, {
      caption: t("build_caption"), titled: true, columns: columns(page), rows: wanted(),
      headed: true, class: "build", foot: Calloff.builtTotals(page), sort: "deviation", size: 25, always: true,
      open: (row, rows) => page.open(row.part, rows.map((each) => each.part)),
    });
    page.listed = table.rows; // as they stand
    const search = el("input", { type: "search", id: "part-search", autocomplete: "off",
      placeholder: t("search_hint"), oninput: () => {
        chosen.choose({ text: search.value.trim() });
      } });
    const chips = ["", ...VERDICTS].map((verdict) =>
      el("button", { type: "button", class: "chip", "aria-pressed": String(!verdict),
        "data-verdict": verdict, onclick: (event) => {
          const mine = event.currentTarget;
          for (const chip of chips) chip.setAttribute("aria-pressed", String(chip === mine));
          chosen.choose({ verdict });
        } }, verdict ? t(`verdict_${verdict}`) : t("all"), " ", el("span", { class: "tally" })));
    // How many plans for the chosen target day each choice leaves.
    function tally() {
      for (const chip of chips) {
        chip.lastChild.textContent = format.pieces(chosen.day[chip.dataset.verdict || "plans"]);
      }
    }
    tally();
    chosen.on((change) => {
      if ("own" in change) return void table.sums();
      tally();
      table.show(wanted());
    });
    return el("section", { id: "build", "aria-labelledby": "build-title" },
      el("div", { class: "head" },
        el("h2", { id: "build-title", tabindex: "-1" }, t("build_title")), choice(page)),
      el("div", { class: "tools" },
        el("span", { class: "search" },
          el("label", { for: "part-search" }, t("search")), search),
        Calloff.dayChoice(page), Calloff.labelChoices(page), Calloff.valueChoice(page),
        el("span", { class: "chips", role: "group", "aria-label": t("term_verdict") }, chips),
        Calloff.csvButton(page, table.rows)),
      table.node,
      el("p", { class: "note" }, t("build_note", {
        level: format.share(summary.service_level), tolerance: format.share(summary.tolerance) })),
      Calloff.ofDay(page, () => [...Calloff.builtNotes(page), skipped(page)]));
  };
})();
