// The charts of one part: its plans as a fan, one target's plan as it came about,
// and how far plans were off by lead.
"use strict";

(() => {
  const { days } = Calloff;

  // Quantity that the plan of issue day `at` gives for a day; undefined where it gives none.
  const planned = (parts, part, at, day) => {
    const plan = part.plans[at];
    const lead = days.between(parts.issued[at], day);
    const place = parts.leads.indexOf(lead);
    return plan && place >= 0 && place < plan.length ? plan[place] : undefined;
  };

  // Plans for one day in the order of their issue: [{issued, lead, pieces}].
  Calloff.story = (parts, part, day) => parts.issued
    .map((issued, at) => ({ issued, lead: days.between(issued, day),
      pieces: planned(parts, part, at, day) }))
    .filter((each) => each.pieces !== undefined && each.pieces !== null);

  // Upright bars from low to high, as a series.
  const bands = (rows, colour, opacity, width) => ({
    type: "custom", silent: true, z: 1, data: rows.map((row) => [row.at, row.low, row.high]),
    encode: { x: 0, y: [1, 2] }, clip: true,
    renderItem: (_, api) => {
      const [x, top] = api.coord([api.value(0), api.value(2)]);
      const bottom = api.coord([api.value(0), api.value(1)])[1];
      const wide = Math.min(width, api.size([1, 0])[0] * 0.7);
      return { type: "rect", shape: { x: x - wide / 2, y: top, width: wide,
        height: Math.max(1, bottom - top), r: 3 }, style: { fill: colour, opacity } };
    },
  });

  const BEHIND = 25; // target days in the fan; its table has all
  const AHEAD = 10;

  // The days to draw: some up to the as-of day, some ahead, and every target in any case.
  function shown(page, all, rows) {
    const { as_of: today } = page.summary;
    const ahead = all.filter((day) => day > today);
    const last = [ahead[Math.min(AHEAD, ahead.length) - 1], ...rows.map((row) => row.target)]
      .filter(Boolean).sort().pop();
    const behind = all.filter((day) => day <= today).slice(-BEHIND);
    return days.every([...behind, ...ahead.filter((day) => day <= last)]);
  }

  function pieces(page, part, rows) {
    const { parts } = page.summary;
    const all = [...new Set([...parts.axis, ...rows.map((row) => row.target)])].sort();
    const axis = shown(page, all, rows);
    const place = new Map(axis.map((day, at) => [day, at]));
    const called = new Map(parts.called.map((day, at) => [day, part.called[at]]));
    const past = part.past
      ? parts.scored.map((day, at) => ({ day, at: place.get(day), said: part.past.forecast[at],
        low: part.past.low && part.past.low[at], high: part.past.high && part.past.high[at] }))
        .filter((each) => each.at !== undefined && each.said !== null)
      : [];
    return { all, axis, place, called, past };
  }

  Calloff.fan = (page, part, rows) => {
    const { t, format, summary } = page;
    const { parts } = summary;
    const { all, axis, place, called, past } = pieces(page, part, rows);
    const issued = parts.issued.map((_, at) => at).filter((at) => part.plans[at]);
    const newest = issued[issued.length - 1];
    const issuedPlan = (at) => axis.map((day) => planned(parts, part, at, day) ?? null);
    const calls = axis.map((day) => called.get(day) ?? null);
    const forecastOf = (day) => {
      const next = rows.find((row) => row.target === day);
      const at = parts.scored.indexOf(day);
      return next ? next.forecast : part.past && at >= 0 ? part.past.forecast[at] : null;
    };
    const ahead = rows.map((row) => ({ at: place.get(row.target), low: row.band[0],
      high: row.band[row.band.length - 1], said: row.forecast }));
    const seen = (day) => Calloff.story(parts, part, day).map((each) => each.pieces);
    const tip = (at) => {
      const day = axis[at];
      const plans = seen(day);
      const said = forecastOf(day);
      return [Calloff.period(page, day),
        calls[at] !== null && `${t("term_called_off")}  ${format.pieces(calls[at])}`,
        said !== null && `${t("term_forecast")}  ${format.pieces(said)}`,
        plans.length && `${t("newest_plan")}  ${format.pieces(plans[plans.length - 1])}`,
        plans.length > 1 && t("plan_range", { low: format.pieces(Math.min(...plans)),
          high: format.pieces(Math.max(...plans)), count: plans.length }),
      ].filter(Boolean).map(Calloff.drawn).join("\n");
    };
    return Calloff.figure(page, {
      title: t("fan_title"), size: "tall", class: "whole",
      note: t(parts.issued.length < parts.known ? "fan_note_some" : "fan_note",
        { count: parts.issued.length, known: parts.known }),
      alt: t("fan_alt", { part: part.name, count: issued.length }),
      option: (colours) => ({
        grid: { left: 4, right: 74, top: 22, bottom: 4, containLabel: true },
        tooltip: { trigger: "axis", formatter: (hits) => tip(hits[0].dataIndex) },
        xAxis: { type: "category", data: axis, boundaryGap: true,
          axisLabel: { formatter: (day) => format.short(day) } },
        yAxis: { type: "value", axisLabel: { formatter: (value) => format.pieces(value) } },
        series: [
          bands(past.filter((each) => each.low !== null && each.low !== undefined),
            colours.ours, 0.16, 18),
          bands(ahead.filter((each) => each.low !== null && each.low !== undefined),
            colours.ours, 0.35, 18),
          ...issued.filter((at) => at !== newest).map((at, age, older) => ({
            type: "line", data: issuedPlan(at), silent: true, z: 2, connectNulls: true,
            symbol: summary.weekly ? "rect" : "none", symbolSize: 3,
            itemStyle: { color: colours.plan, opacity: 0.5 },
            lineStyle: { color: colours.plan, width: 1.25,
              opacity: 0.15 + 0.5 * ((age + 1) / older.length) ** 2 } })),
          newest !== undefined && { type: "line", data: issuedPlan(newest), symbol: "rect",
            connectNulls: true, symbolSize: 5, z: 4, lineStyle: { color: colours.plan, width: 2.5 },
            itemStyle: { color: colours.plan }, silent: true,
            endLabel: Calloff.endLabel(t("term_plan"), colours.plan),
            labelLayout: { moveOverlap: "shiftY" } },
          { type: "line", data: calls, symbol: "circle", symbolSize: 7, z: 5, connectNulls: true,
            lineStyle: { color: colours.ink, width: 1.5 }, itemStyle: { color: colours.ink },
            silent: true },
          { type: "scatter", z: 6, silent: true, symbol: "diamond", symbolSize: 8,
            data: past.map((each) => [each.at, each.said]),
            itemStyle: { color: colours.surface, borderColor: colours.ours, borderWidth: 1.5 } },
          { type: "scatter", z: 7, silent: true, symbol: "diamond", symbolSize: 13,
            data: ahead.map((each) => [each.at, each.said]), itemStyle: { color: colours.ours },
            label: { show: true, position: "right", distance: 8, color: colours.ours,
              backgroundColor: colours.surface, padding: [2, 4], borderRadius: 3,
              fontWeight: 700, fontSize: 13,
              formatter: ({ value }) => format.pieces(value[1]) } },
        ].filter(Boolean),
      }),
      table: () => ({ head: [t("term_target"), t("term_called_off"), t("term_forecast"), t("newest_plan"),
        t("lowest_plan"), t("highest_plan"), t("plans_count")],
      rows: all.map((day) => {
        const plans = seen(day);
        return [Calloff.period(page, day), format.pieces(called.get(day)),
          format.pieces(forecastOf(day)),
          format.pieces(plans[plans.length - 1]),
          plans.length ? format.pieces(Math.min(...plans)) : "–",
          plans.length ? format.pieces(Math.max(...plans)) : "–", format.pieces(plans.length)];
      }) }),
    });
  };

  Calloff.storyFigure = (page, part, row) => {
    const { t, format, summary } = page;
    const story = Calloff.story(summary.parts, part, row.target);
    if (story.length < 2) return null;
    const axis = days.every([...story.map((each) => each.issued), row.target]);
    const sent = new Map(story.map((each) => [each.issued, each.pieces]));
    const [low, high] = [row.band[0], row.band[row.band.length - 1]];
    return Calloff.figure(page, {
      title: t("story_title", { target: Calloff.period(page, row.target) }),
      note: t("story_note"),
      alt: t("story_alt", { target: Calloff.period(page, row.target), first: story[0].pieces,
        last: story[story.length - 1].pieces }),
      option: (colours) => ({
        grid: { left: 4, right: 60, top: 24, bottom: 4, containLabel: true },
        tooltip: { trigger: "axis", formatter: (hits) => {
          const each = story.find(({ issued }) => issued === axis[hits[0].dataIndex]);
          if (!each) return `${t("term_forecast")}  ${format.pieces(row.forecast)}`;
          const day = `${Calloff.period(page, each.issued)} (${Calloff.lead(page, each.lead)})`;
          return `${day}\n${t("term_plan")}  ${format.pieces(each.pieces)}`;
        } },
        xAxis: { type: "category", data: axis,
          axisLabel: { formatter: (day) => format.short(day) } },
        yAxis: { type: "value", scale: true,
          axisLabel: { formatter: (value) => format.pieces(value) } },
        series: [
          low !== null && low !== undefined && bands([{ at: axis.length - 1, low, high }],
            colours.ours, 0.35, 18),
          { type: "line", step: "end", data: axis.map((day) => sent.get(day) ?? null), symbol: "rect",
            connectNulls: true, symbolSize: 6, silent: true, lineStyle: { color: colours.plan, width: 2 },
            itemStyle: { color: colours.plan },
            label: { show: story.length < 9, position: "top", color: colours.plan, fontSize: 12,
              formatter: ({ value }) => format.pieces(value) } },
          { type: "scatter", silent: true, symbol: "diamond", symbolSize: 13,
            data: [[axis.length - 1, row.forecast]], itemStyle: { color: colours.ours },
            label: { show: true, position: "right", distance: 8, color: colours.ours,
              backgroundColor: colours.surface, padding: [2, 4], borderRadius: 3,
              fontWeight: 700, fontSize: 13, formatter: () => format.pieces(row.forecast) } },
        ].filter(Boolean),
      }),
      table: () => ({ head: [t("issue_day"), t("term_lead"), t("term_plan")],
        rows: story.map((each) => [Calloff.period(page, each.issued), Calloff.lead(page, each.lead),
          format.pieces(each.pieces)]) }),
    });
  };

  Calloff.trustFigure = (page, part) => {
    const { t, format, summary } = page;
    const { trust } = part;
    const within = t("term_inside", { tolerance: format.share(summary.tolerance) });
    if (!trust) return null;
    const leads = summary.parts.trust_leads.map((lead, at) => ({ lead, at }))
      .filter(({ at }) => trust.mae[at] !== null);
    if (leads.length < 2) return null; // the list says as much
    return Calloff.figure(page, {
      title: t("trust_title"), note: t("trust_note"), alt: t("trust_alt", { part: part.name }),
      option: (colours) => ({
        grid: { left: 4, right: 8, top: 24, bottom: 4, containLabel: true },
        tooltip: { trigger: "axis", formatter: (hits) => {
          const { lead, at } = leads[hits[0].dataIndex];
          return [Calloff.lead(page, lead), `${t("term_usual")}  ${format.error(trust.mae[at])}`,
            `${t("term_bias")}  ${format.bias(trust.bias[at])}`,
            `${within}  ${format.share(trust.inside[at])}`,
            `${t("term_changed")}  ${format.share(trust.changed[at])}`].map(Calloff.drawn).join("\n");
        } },
        xAxis: { type: "category", data: leads.map(({ lead }) => Calloff.lead(page, lead)) },
        yAxis: { type: "value", axisLabel: { formatter: (value) => format.pieces(value) } },
        series: [{ type: "bar", barMaxWidth: 26, emphasis: { disabled: true },
          data: leads.map(({ lead, at }) => ({ value: trust.mae[at],
            itemStyle: { color: lead === summary.lead ? colours.plan : colours.soft,
              borderRadius: [3, 3, 0, 0] } })),
          label: { show: leads.length < 10, position: "top", color: colours.ink, fontSize: 12,
            formatter: ({ value }) => format.error(value) } }],
      }),
      table: () => ({ head: [t("term_lead"), t("term_usual"), t("term_bias"), within, t("term_changed"),
        t("term_days")],
      rows: leads.map(({ lead, at }) => [Calloff.lead(page, lead), format.error(trust.mae[at]),
        format.bias(trust.bias[at]), format.share(trust.inside[at]),
        format.share(trust.changed[at]), format.pieces(trust.pairs[at])]) }),
    });
  };
})();
