// The list as it stands, its choice and order, as a file for a spreadsheet.
"use strict";

(() => {
  const { el } = Calloff;
  const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
  const BUILT = ["stock", "before", "built_before", "on_order", "safety", "projected", "build", "override", "final"];

  // A text that a spreadsheet would run gets an apostrophe before it.
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = FORMULA.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text;
  }

  function columns(page) {
    const { t, summary, chosen } = page;
    const [first = {}] = summary.build;
    const [low, high] = [summary.levels[0], summary.levels.at(-1)];
    const own = (key) => [t(`term_${key === "override" ? "own" : key}`), (row) => row[key]];
    const label = (key) => [t(`term_${key}`), (row) => chosen.label(key, row.part)];
    return [
      own("part"), ...["name", "plant", "customer", "group", "abc"].filter((key) =>
        summary.labels[key]).map(label),
      own("target"), ...["plan", "forecast", "deviation"].map(own),
      ...(Object.keys(summary.prices || {}).length ? [[t("term_value"), chosen.value]] : []),
      ...(summary.levels.length > 1 ? [
        [t("term_low", { level: `${low}%` }), (row) => row.band[0]],
        [t("term_high", { level: `${high}%` }), (row) => row.band.at(-1)]] : []),
      ...BUILT.filter((key) => key in first).map(own),
      [t("term_verdict"), (row) => t(`verdict_${row.verdict}`)],
      [t("term_why"), (row) => row.why.map((each) => Calloff.reason(page, "why", each)).join(" · ")],
    ];
  }

  // Rows as text; with a mark of its encoding, by which Excel knows it.
  Calloff.csv = (page, rows) => {
    const all = columns(page);
    const lines = [all.map(([head]) => head), ...rows.map((row) => all.map(([, value]) => value(row)))];
    return `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
  };

  Calloff.csvButton = (page, rows) => el("button", { type: "button", class: "quiet csv",
    onclick: () => {
      const file = new Blob([Calloff.csv(page, rows())], { type: "text/csv" });
      const link = el("a", { href: URL.createObjectURL(file),
        download: `${page.t("csv_name")} ${page.chosen.target}.csv` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } }, page.t("csv"));
})();
