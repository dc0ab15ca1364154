// By what parts are found and added up: plant, customer, product group, class.
"use strict";

(() => {
  const { el } = Calloff;
  const FIELDS = ["plant", "customer", "group", "abc"];

  // Those that tell the parts of this list apart.
  Calloff.labelFields = ({ summary }) => FIELDS.filter((field) => summary.labels[field]);

  const values = (page, field) => [...new Set(page.summary.build.map((row) =>
    page.chosen.label(field, row.part)))].sort(page.format.names);

  // A choice for each field; none for all parts.
  Calloff.labelChoices = (page) => {
    const { t, chosen } = page;
    const labels = {};
    return Calloff.labelFields(page).map((field) => {
      const choice = el("select", { id: `label-${field}`, onchange: () => {
        if (choice.selectedIndex === 0) delete labels[field];
        else labels[field] = choice.value;
        chosen.choose({ labels });
      } }, el("option", { value: "*" }, t("all")), values(page, field).map((value) =>
        el("option", { value }, value || t("no_label"))));
      return choice.options.length < 3 ? null
        : el("span", {}, el("label", { for: choice.id }, t(`term_${field}`)), choice);
    });
  };

  // Only parts that are worth so much on the chosen day; none where no prices are given.
  Calloff.valueChoice = (page) => {
    const { t, summary, chosen } = page;
    if (!Object.keys(summary.prices || {}).length) return null;
    const input = el("input", { type: "text", id: "least-value", inputmode: "decimal", size: 8,
      autocomplete: "off", placeholder: " ", oninput: () => {
        const text = input.value.replaceAll(",", "").trim();
        const wrong = !/^\d*(\.\d+)?$/.test(text);
        input.setAttribute("aria-invalid", String(wrong));
        input.title = wrong ? t("least_wrong") : "";
        if (!wrong) chosen.choose({ least: Number(text) });
      } });
    return el("span", { class: "least" }, el("label", { for: input.id }, t("least_value")), input);
  };

  // What a part is worth: price times forecast.
  Calloff.valueColumn = (page, named) => Object.keys(page.summary.prices || {}).length > 0
    && { key: "value", ...named("value"), number: true, less: "wide",
      value: (row) => page.chosen.value(row),
      cell: (row) => page.format.pieces(page.chosen.value(row)) };

  // Columns of the list: what a part is called, its group and class, where these were given.
  Calloff.labelColumns = (page, named) => ["name", "group", "abc"]
    .filter((field) => page.summary.labels[field]
      && (field !== "abc" || page.summary.by_value || page.summary.labels.group))
    .map((field) => ({ key: field, ...named(field), less: field === "name" ? "middle" : "wide",
      value: (row) => page.chosen.label(field, row.part) || null,
      cell: (row) => page.chosen.label(field, row.part) || "–" }));
})();
