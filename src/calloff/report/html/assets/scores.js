// How good we were: against the plan, by day, by lag, by part; which method, and why.
"use strict";

(() => {
  const { el } = Calloff;

  // Marks mean one thing in all pictures: diamonds are forecasts, squares plans, dots call-offs.
  const FORECAST = { symbol: "diamond", symbolSize: 8 };
  const PLAN = { symbol: "rect", symbolSize: 5 };

  const line = (name, values, colour, more) => ({
    type: "line", name, data: values, showSymbol: true, connectNulls: true,
    lineStyle: { color: colour, width: 2 }, itemStyle: { color: colour },
    endLabel: Calloff.endLabel(name, colour), labelLayout: { moveOverlap: "shiftY" },
    emphasis: { disabled: true }, ...more,
  });

  // Room for the labels at the ends of lines.
  const room = (names) => 22 + 9 * Math.max(...names.map((name) =>
    [...name].reduce((sum, letter) => sum + (letter > "\u1100" ? 1.5 : 0.85), 0)));

  const axisTip = (head, rows) => ({
    trigger: "axis",
    formatter: (hits) => [head(hits[0].dataIndex), ...rows(hits[0].dataIndex)]
      .map(Calloff.drawn).join("\n"),
  });

  function totals(page) {
    const { t, format, summary } = page;
    const { days, actual, plan, forecast } = summary.scores.totals;
    if (days.length < 2) return null;
    const names = { actual: t("term_called_off"), plan: t("term_plan"),
      ours: t("term_forecast") };
    const axis = Calloff.days.every(days);
    const along = (values) => Calloff.days.along(axis, days, values);
    const at = (place) => days.indexOf(axis[place]);
    return Calloff.figure(page, {
      title: t("totals_title"), note: t("totals_note", { lead: Calloff.sayLead(page, summary.lead) }),
      alt: t("totals_alt", { count: days.length }),
      key: [[names.actual, "actual"], [names.plan, "plan"], [names.ours, "ours"]],
      option: (colours) => ({
        grid: { left: 4, right: 8, top: 16, bottom: 4, containLabel: true },
        tooltip: axisTip((place) => Calloff.period(page, axis[place]), (place) => [
          `${names.actual}  ${format.pieces(actual[at(place)])}`,
          `${names.ours}  ${format.pieces(forecast[at(place)])}`,
          `${names.plan}  ${format.pieces(plan[at(place)])}`]),
        xAxis: { type: "category", data: axis,
          axisLabel: { formatter: (day) => format.short(day) } },
        yAxis: { type: "value", axisLabel: { formatter: (value) => format.pieces(value) } },
        series: [
          { type: "bar", data: along(actual), barMaxWidth: 26, itemStyle: { color: colours.soft,
            borderRadius: [3, 3, 0, 0] }, silent: true },
          line(names.plan, along(plan), colours.plan, { ...PLAN, endLabel: { show: false } }),
          line(names.ours, along(forecast), colours.ours, { ...FORECAST, endLabel: { show: false } }),
        ],
      }),
      table: () => ({ head: [t("term_target"), names.actual, names.plan, names.ours],
        rows: days.map((day, at) => [Calloff.period(page, day), format.pieces(actual[at]),
          format.pieces(plan[at]), format.pieces(forecast[at])]) }),
    });
  }

  function errorsBy(page, table, title, note, name, kind) {
    const { t, format, summary } = page;
    const { used } = summary.scores;
    const plan = table.mae.plan;
    const ours = table.mae[used];
    const same = used === "plan";
    if (table.keys.length < 2) return null; // one bar compares nothing
    const said = t("term_forecast"); // one name for it in all charts; which method is said above
    const shown = same ? [t("term_plan")] : [t("term_plan"), said];
    const axis = kind === "bar" ? table.keys : Calloff.days.every(table.keys);
    const along = (values) => Calloff.days.along(axis, table.keys, values);
    const place = (index) => table.keys.indexOf(axis[index]);
    const series = (colours, width) => {
      const bar = (label, values, colour) => ({ type: "bar", name: label, data: values,
        barMaxWidth: 28, barGap: "12%", itemStyle: { color: colour, borderRadius: [3, 3, 0, 0] },
        label: { show: kind === "bar" && width > 64 * table.keys.length, position: "top",
          color: colours.ink, fontSize: 12, formatter: ({ value }) => format.error(value) },
        emphasis: { disabled: true } });
      const made = kind === "bar" ? bar : line;
      return [made(t("term_plan"), along(plan), colours.plan, PLAN),
        !same && made(said, along(ours), colours.ours, FORECAST)].filter(Boolean);
    };
    return Calloff.figure(page, {
      title, note, alt: `${title}. ${t("errors_alt")}`,
      key: kind === "bar" && [[t("term_plan"), "plan"], ...(same ? [] : [[said, "ours"]])],
      option: (colours, width) => ({
        grid: { left: 4, right: kind === "bar" ? 8 : room(shown), top: kind === "bar" ? 24 : 16,
          bottom: 4, containLabel: true },
        tooltip: axisTip((at) => name(axis[at]), (at) => [
          `${t("term_plan")}  ${format.error(plan[place(at)])}`,
          !same && `${said}  ${format.error(ours[place(at)])}`,
          t("pairs_count", { count: format.pieces(table.pairs[place(at)] ?? 0) })].filter(Boolean)),
        xAxis: { type: "category", data: axis,
          axisLabel: { formatter: (key) => (kind === "bar" ? name(key) : format.short(key)) } },
        yAxis: { type: "value", axisLabel: { formatter: (value) => format.pieces(value) } },
        series: series(colours, width),
      }),
      table: () => ({ head: [title, ...summary.scores.methods, t("term_pairs")],
        rows: table.keys.map((key, at) => [name(key),
          ...summary.scores.methods.map((method) => format.error(table.mae[method][at])),
          format.pieces(table.pairs[at])]) }),
    });
  }

  function byPart(page) {
    const { t, format, summary } = page;
    const { by_part: table, used } = summary.scores;
    const points = table.keys.map((part, at) =>
      ({ part, plan: table.mae.plan[at], ours: table.mae[used][at] }));
    const most = Math.max(1, ...points.flatMap((point) => [point.plan, point.ours]));
    const root = (value) => Math.sqrt(Math.max(0, value));
    const edge = Math.ceil(root(most) * 1.05);
    const { better } = summary.scores;
    return Calloff.figure(page, {
      title: t("by_part_title"), size: "square",
      note: t("by_part_note", { better: format.pieces(better),
        count: format.pieces(points.length) }),
      alt: t("by_part_alt", { better, count: points.length, method: used }),
      onClick: (hit) => hit.seriesType === "scatter" && page.open(points[hit.dataIndex].part),
      option: (colours, width) => {
        const labels = 8 * format.pieces(edge * edge).length; // as wide as they can be
        const axis = (title) => ({ type: "value", min: 0, max: edge, name: title,
          nameLocation: "middle", splitNumber: width < 400 ? 3 : 5,
          axisLabel: { formatter: (value) => format.pieces(value * value) } });
        return {
          grid: { left: 26, right: 16, top: 12, bottom: 30, containLabel: true },
          tooltip: { trigger: "item", formatter: (hit) => {
            const point = points[hit.dataIndex];
            return point && hit.seriesType === "scatter" ? [Calloff.drawn(point.part),
              `${t("term_plan")}  ${format.error(point.plan)}`,
              `${t("term_forecast")}  ${format.error(point.ours)}`,
            ].join("\n") : "";
          } },
          xAxis: { ...axis(t("term_plan_mae")), nameGap: 30 },
          yAxis: { ...axis(t("term_our_mae")), nameGap: labels + 10 },
          series: [
            { type: "line", data: [[0, 0], [edge, edge]], symbol: "none", silent: true,
              lineStyle: { color: colours.muted, type: "dashed", width: 1 } },
            { type: "scatter", symbolSize: 9, cursor: "pointer",
              data: points.map((point) => ({ value: [root(point.plan), root(point.ours)],
                itemStyle: { color: point.ours <= point.plan ? colours.ours : colours.alarm,
                  opacity: 0.75, borderColor: colours.surface, borderWidth: 1 } })) },
          ],
        };
      },
    });
  }

  function partTable(page) {
    const { t, format, summary } = page;
    const { by_part: table, used } = summary.scores;
    const rows = table.keys.map((part, at) => ({ part, plan: table.mae.plan[at],
      ours: table.mae[used][at], ratio: summary.scores.x_plan_by_part[used][at], pairs: table.pairs[at] }));
    const number = (key, label, show, more) => ({ key, label, number: true,
      value: (row) => row[key], cell: (row) => show(row[key]), ...more });
    return Calloff.table(page, {
      caption: t("by_part_caption"), rows, headed: true, sort: "plan", size: 10, sizes: [10, 50],
      columns: [
        { key: "part", label: t("term_part"), value: (row) => row.part },
        number("plan", t("term_plan_mae"), format.error),
        number("ours", t("term_our_mae"), format.error),
        number("ratio", t("term_x_plan"), format.ratio),
        number("pairs", t("term_pairs"), format.pieces, { less: "narrow" }),
      ],
      printed: 10,
      open: (row, all) => page.open(row.part, all.map((each) => each.part)),
    }).node;
  }

  // How the networks learned: the loss after each epoch, one line for each.
  function curves(page) {
    const { t, format, summary } = page;
    const { curves: found } = summary;
    if (!found) return null;
    const epochs = found[0].map((_, at) => String(at + 1));
    const names = found.map((_, at) => t("curves_network", { number: at + 1 }));
    return Calloff.figure(page, {
      title: t("curves_title"), note: t("curves_note"),
      alt: t("curves_alt", { count: found.length, epochs: epochs.length }),
      option: (colours) => ({
        grid: { left: 4, right: 16, top: 16, bottom: 26, containLabel: true },
        tooltip: axisTip((at) => t("curves_epoch", { number: epochs[at] }), (at) =>
          found.map((loss, net) => `${names[net]}  ${format.ratio(loss[at])}`)),
        xAxis: { type: "category", data: epochs, name: t("curves_axis"), nameLocation: "middle",
          nameGap: 26, boundaryGap: false },
        yAxis: { type: "value", scale: true, minInterval: 0.01,
          axisLabel: { formatter: (value) => format.ratio(value) } },
        series: found.map((loss, net) => line(names[net], loss, colours.ours,
          { endLabel: { show: false }, symbol: "none", lineStyle: { color: colours.ours, width: 1.5,
            opacity: 0.75 } })),
      }),
      table: () => ({ head: [t("curves_axis"), ...names], rows: epochs.map((epoch, at) =>
        [epoch, ...found.map((loss) => format.ratio(loss[at]))]) }),
    });
  }

  // The error as a bar in the cell: the eye compares lengths faster than digits.
  function errorBar(page, value, most, mine) {
    const width = (100 * value) / most;
    return el("span", { class: "measured" },
      Calloff.svg("svg", { class: `bar ${mine}`, viewBox: "0 0 100 8", width: 100, height: 8,
        "aria-hidden": "true" }, Calloff.svg("rect", { x: 0, y: 0, width, height: 8, rx: 2 })),
      el("span", {}, page.format.error(value)));
  }

  function methods(page) {
    const { t, format, summary } = page;
    const { overall, promised, used } = summary.scores;
    const most = Math.max(...overall.map((row) => row.mae));
    const number = (key, show, more) => ({ key, label: t(`term_${key}`), hint: t(`meaning_${key}`),
      number: true, value: (row) => row[key], cell: (row) => show(row[key]), ...more });
    return Calloff.table(page, {
      caption: t("methods_caption"), rows: overall, headed: true, sort: "mae", down: false,
      size: 50, sizes: [50], class: "methods", titled: true,
      rowClass: (row) => (row.method === used ? "used" : null),
      columns: [
        { key: "method", label: t("term_method"), value: (row) => row.method,
          cell: (row) => el("span", {}, row.method,
            row.method === used && el("span", { class: "tag" }, t("used"))) },
        number("mae", null, { cell: (row) => errorBar(page, row.mae, most,
          row.method === used ? "ours" : row.method === "plan" ? "plan" : "other") }),
        number("x_plan", format.ratio),
        number("bias", format.bias, { less: "narrow" }),
        number("wape", format.tenth, { less: "narrow" }),
        promised !== null && number("coverage", format.share, { less: "middle" }),
        number("pairs", format.pieces, { less: "middle" }),
      ].filter(Boolean),
    }).node;
  }

  // The planning trade's figures of the plans, one row for each customer or part.
  Calloff.figuresTable = (page, rows) => {
    const { t, format } = page;
    const names = ["index_by_target", "index_by_volume", "weighted_bias", "instability",
      "tracking_signal", "trigg_signal"];
    return Calloff.plainTable(t("figures_title"), [t("term_part"), ...names.map((name) => t(`term_${name}`))],
      rows.map((row) => [
        row.level === "all" ? t("figures_all") : row.name,
        format.share(row.index_by_target), format.share(row.index_by_volume),
        format.shift(row.weighted_bias), format.share(row.instability),
        row.alarm ? el("strong", {}, `${format.bias(row.tracking_signal)} !`)
          : format.bias(row.tracking_signal),
        format.shift(row.trigg_signal)]));
  };

  function figures(page) {
    const { t, summary } = page;
    if (!summary.figures) return null; // of a run before there were any
    return [el("h3", {}, t("figures_title")), el("p", { class: "note" }, t("figures_note")),
      el("div", { class: "table" }, Calloff.figuresTable(page, summary.figures.groups))];
  }

  Calloff.scoresSection = (page) => {
    const { t, format, summary } = page;
    const { scores } = summary;
    const heading = el("h2", { id: "scores-title", tabindex: "-1" }, t("scores_title"));
    if (!scores) {
      const why = summary.scoring ? "scores_coming" : summary.unscored ? "scores_failed" : "scores_none";
      return el("section", { id: "scores", "aria-labelledby": "scores-title" },
        el("div", { class: "head" }, heading), el("p", { role: "status" }, t(why)), figures(page));
    }
    const days = (key) => Calloff.period(page, key);
    const lags = (key) => Calloff.lead(page, key);
    const weekdays = (key) => format.weekday(Calloff.days.plus("2024-01-01", key - 1));
    return el("section", { id: "scores", "aria-labelledby": "scores-title" },
      el("div", { class: "head" }, heading, el("p", {}, t("scores_note", {
        targets: scores.targets, first: days(scores.first),
        last: days(scores.last), lead: Calloff.sayLead(page, summary.lead) }))),
      el("h3", {}, t("methods_title")), methods(page),
      el("div", { class: "pair" }, totals(page),
        errorsBy(page, scores.by_day, t("by_day_title"), t("by_day_note"), days, "line")),
      el("div", { class: "pair" },
        errorsBy(page, scores.by_lag, t("by_lag_title"), t("by_lag_note"), lags, "bar"),
        errorsBy(page, scores.by_weekday, t("by_weekday_title"), t("by_weekday_note"), weekdays,
          "bar")),
      el("div", { class: "pair" }, byPart(page), partTable(page)), figures(page),
      summary.curves && el("div", { class: "pair" }, curves(page)));
  };
})();
