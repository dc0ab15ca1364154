// The settings of a forecast as a form; those of the last one are proposed for the next.
"use strict";

(() => {
  const { el } = Calloff;
  const TABLES = ["stock", "pack", "parts", "layout"];
  const PERCENT = ["service_level", "tolerance"];
  const KEPT = ["lead", "service_level", "days", "cover", "tolerance", "exclude"];
  const USUAL = { lead: 3, service_level: 0.95, days: 1, cover: 1, tolerance: 0.1, exclude: [], method: null,
    as_of: null };
  let forms = 0;

  function proposed() {
    try {
      return { ...USUAL, ...JSON.parse(Served.recall("settings") || "{}") };
    } catch {
      return USUAL;
    }
  }

  const percent = (share) => (share === null || share === undefined ? ""
    : Math.round(share * 10000) / 100);

  function controls(settings) {
    const number = (name, most, more) => el("input", { type: "number", name, min: 1, max: most,
      step: 1, inputmode: "numeric", value: settings[name],
      onwheel: (event) => event.currentTarget.blur(), ...more }); // the page moves, not the number
    const methods = ["", ...(Served.about ? Served.about.methods : [])];
    return {
      lead: number("lead", 366, { required: true }),
      service_level: number("service_level", 99.9, { min: 0.1, step: 0.1, inputmode: "decimal",
        value: percent(settings.service_level) }),
      days: number("days", 31, { required: true }),
      cover: number("cover", 31, { required: true }),
      tolerance: number("tolerance", 1000, { min: 0, step: 0.1, inputmode: "decimal",
        value: percent(settings.tolerance), required: true }),
      method: el("select", { name: "method" }, methods.map((name) => el("option",
        { value: name, selected: name === (settings.method || "") },
        name || Served.t("method_best")))),
      as_of: el("input", { type: "date", name: "as_of", value: settings.as_of || "" }),
      exclude: el("input", { type: "text", name: "exclude", autocomplete: "off",
        value: (settings.exclude || []).join(", ") }),
      stock: el("input", { type: "file", name: "stock" }),
      pack: el("input", { type: "file", name: "pack" }),
      parts: el("input", { type: "file", name: "parts" }),
      layout: el("input", { type: "file", name: "layout", accept: ".toml" }),
    };
  }

  // A form with everything; run: whose settings it starts from (else those of the last one).
  // Gives {node, fill(FormData)}: whether what stands in it can be sent.
  Served.settingsForm = (run, submit) => {
    const id = `settings-${++forms}`;
    const inputs = controls(run ? { ...USUAL, ...run.settings } : proposed());
    const field = (name) => {
      const input = inputs[name];
      input.id = `${id}-${name}`;
      const kept = run && run.tables[name];
      return el("div", { class: `field field-${name}` },
        el("label", { for: input.id }, Served.t(name === "parts" ? "parts_table" : name)), input,
        kept && el("p", { class: "note" }, Served.t("kept", { name: kept })));
    };
    const node = el("form", { class: "settings", onsubmit: (event) => {
      event.preventDefault();
      if (submit) submit();
    } }, el("div", { class: "fields" }, Object.keys(inputs).map(field)),
    submit && el("button", { type: "submit", class: "main-button" }, Served.t("again")));
    return { node, fill: (form) => fill(node, inputs, form) };
  };

  function fill(node, inputs, form) {
    if (!node.reportValidity()) return false;
    const said = {};
    for (const [name, input] of Object.entries(inputs)) {
      if (TABLES.includes(name)) {
        if (input.files.length) form.append(name, input.files[0]);
      } else if (input.value !== "") {
        const value = PERCENT.includes(name) ? Number(input.value) / 100 : input.value;
        said[name] = name === "exclude" ? input.value.split(",").map((part) => part.trim()) : value;
        form.append(name, value);
      }
    }
    const kept = Object.fromEntries(KEPT.filter((name) => name in said)
      .map((name) => [name, said[name]]));
    Served.remember("settings", JSON.stringify(kept));
    return true;
  }
})();
