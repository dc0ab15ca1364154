// A figure: heading, chart, and the table behind it. Charts are drawn when they come into view.
"use strict";

(() => {
  const { el } = Calloff;
  function palette() {
    const names = ["ink", "muted", "line", "surface", "plan", "ours", "alarm", "cold", "soft"];
    return Object.fromEntries(names.map((name) => [name, Calloff.theme.colour(name)]));
  }

  // What all charts share: type, quiet axes, a tooltip that is drawn and not written as markup.
  function frame(colours, option) {
    const font = getComputedStyle(document.body).fontFamily;
    const axis = (own) => {
      const one = (each) => ({
        ...each,
        axisLine: { show: each.type === "category", lineStyle: { color: colours.line } },
        axisTick: { show: false },
        axisLabel: { color: colours.muted, fontSize: 12, hideOverlap: true, ...each.axisLabel },
        nameTextStyle: { color: colours.muted, fontSize: 12, ...each.nameTextStyle },
        splitLine: { show: each.type !== "category", lineStyle: { color: colours.line },
          ...each.splitLine },
      });
      return Array.isArray(own) ? own.map(one) : own && one(own);
    };
    return {
      animation: !Calloff.theme.still() && !Calloff.theme.printing(),
      animationDuration: 300,
      textStyle: { fontFamily: font, color: colours.ink },
      ...option,
      xAxis: axis(option.xAxis),
      yAxis: axis(option.yAxis),
      tooltip: option.tooltip && {
        renderMode: "richText",
        confine: true,
        backgroundColor: colours.surface,
        borderColor: colours.line,
        borderWidth: 1,
        padding: [8, 10],
        textStyle: { color: colours.ink, fontSize: 12, fontFamily: font, lineHeight: 18 },
        axisPointer: { lineStyle: { color: colours.muted, type: "dotted" },
          shadowStyle: { color: colours.soft, opacity: 0.5 } },
        ...option.tooltip,
      },
    };
  }

  // A label at the end of a line: who it is, in its own colour.
  Calloff.endLabel = (text, colour) => ({
    show: true, formatter: () => text, color: colour, fontSize: 12, fontWeight: 600, distance: 6,
  });

  // In the drawn text braces would begin a style.
  Calloff.drawn = (text) => String(text).replace(/[{}|]/g, " ");

  // spec: {title, note, alt, height, option(colours, width), table() -> {head, rows}, onClick}
  Calloff.figure = (page, spec) => {
    const { t } = page;
    const host = el("div", { class: `chart ${spec.size || ""}`, role: "img",
      "aria-label": spec.alt });
    const inside = el("div", { class: "behind" });
    const behind = el("details", { ontoggle: () => {
      if (!behind.open || inside.firstChild) return;
      const { head, rows } = spec.table();
      inside.append(Calloff.plainTable(spec.title, head, rows));
    } }, el("summary", {}, t("as_table")), inside);
    const made = el("figure", { class: spec.class },
      el("figcaption", {}, el(spec.heading || "h3", {}, spec.title),
        spec.note && el("p", { class: "note" }, spec.note),
        spec.key && el("p", { class: "key" }, spec.key.map(([name, kind]) =>
          el("span", { class: kind }, name)))),
      host, spec.table && behind);
    let chart = null;

    // The printer waits for no frame: it gets the chart as one finished picture.
    function print() {
      const old = host.querySelector(".printed");
      if (old) old.remove();
      if (!Calloff.theme.printing()) return;
      const picture = chart.renderToCanvas({ pixelRatio: 2 });
      picture.removeAttribute("style");
      picture.classList.add("printed");
      host.append(picture);
    }

    function draw() {
      if (!host.clientWidth) return;
      if (!chart) {
        chart = echarts.init(host, null, { renderer: "canvas" });
        if (spec.onClick) chart.on("click", spec.onClick);
      }
      if (chart.getWidth() !== host.clientWidth) chart.resize();
      const colours = palette();
      chart.setOption(frame(colours, spec.option(colours, host.clientWidth)), true);
      print();
    }

    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      draw();
    }, { rootMargin: "200px" });
    let width = 0;
    const resized = new ResizeObserver(() => {
      if (!chart || host.clientWidth === width) return;
      width = host.clientWidth;
      chart.resize();
      draw();
    });
    seen.observe(host);
    resized.observe(host);
    const forget = page.onTheme(() => (chart || Calloff.theme.printing()) && draw());
    made.dispose = () => {
      seen.disconnect();
      resized.disconnect();
      forget();
      if (chart) chart.dispose();
    };
    return made;
  };
})();
