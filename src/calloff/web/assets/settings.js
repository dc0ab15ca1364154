// The settings of a forecast as a form; those of the last one are proposed for the next.
"use strict";

(() => {
  const { el } = Calloff;
  const TABLES = ["stock", "pack", "parts", "layout"];
  const PERCENT = ["service_level", "tolerance"];
  const KEPT = ["lead", "service_level", "days", "cover", "tolerance", "exclude"];
  const USUAL = { lead: 3, service_level: 0.95, days: 1, cover: 1, tolerance: 0.1, exclude: [], method: null,
    as_of: null, customer: null, keep: null };
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
      customer: el("input", { type: "text", name: "customer", maxlength: 60, autocomplete: "off",
        value: settings.customer || "" }),
      keep: el("select", { name: "keep" }, ["", "false"].map((value) => el("option",
        { value, selected: (settings.keep === false ? "false" : "") === value },
        Served.t(value ? "only_look" : "keep_usual")))),
      stock: el("input", { type: "file", name: "stock" }),
      pack: el("input", { type: "file", name: "pack" }),
      parts: el("input", { type: "file", name: "parts" }),
      layout: el("input", { type: "file", name: "layout", accept: ".toml" }),
    };
  }

  const titleOf = (name, weekly = false) =>
    Served.words(weekly)(name === "parts" ? "parts_table" : name);

  const shown = (name, value) => {
    const { t, format } = Served;
    if (name === "exclude") return value.length ? value.join(", ") : t("none_usual");
    if (name === "as_of") return value ? format.numeric(value) : t("newest_day");
    if (name === "method") return value || t("method_best");
    if (name === "keep") return t(value === null ? "keep_usual" : "only_look");
    if (value === null) return t("none_usual");
    return PERCENT.includes(name) ? format.percent(value) : String(value);
  };

  // A program that asks for no level gets the usual one, unless it gave costs.
  const usualLevel = (settings) => settings.service_level === null && !settings.shortage_cost;

  const leads = (days) => {
    const said = (each) => Calloff.sayLead(Served.view({ weekly: true }), each);
    return { value: said(days), usual: said(USUAL.lead) };
  };

  // Settings other than the usual, and tables that came with a file, in words.
  Served.differing = (settings, tables = {}, weekly = false) => {
    const t = Served.words(weekly);
    const other = Object.keys(USUAL).filter((name) =>
      name in settings && String(settings[name] ?? "") !== String(USUAL[name] ?? "")
      && !(name === "service_level" && usualLevel(settings)));
    const said = other.map((name) => (name === "exclude"
      ? t("only_of", { name: t("left_out"), value: shown(name, settings[name]) })
      : name === "lead" && weekly ? t("usual_of", { name: t(`term_${name}`),
        ...leads(settings.lead) })
      : t("usual_of", { name: t(name).replace(/, %$/, ""), value: shown(name, settings[name]),
        usual: shown(name, USUAL[name]) })));
    return [...said, ...Object.entries(tables).map(([name, file]) =>
      t("only_of", { name: titleOf(name), value: file }))];
  };

  // They stand where they cannot be overlooked; more: a button beside them.
  Served.differingStrip = (title, said, more) => el("p", { class: "differing", role: "note",
    hidden: !said.length }, el("strong", {}, `${Served.t(title)}:`), " ", said.join(" · "), " ", more);

  // What the next file will be forecast with, where that is not the usual.
  Served.nextStrip = (settings) => {
    const place = el("div", { class: "next-settings" });
    const draw = () => {
      const said = Served.differing(settings.values());
      place.replaceChildren(Served.differingStrip("differing_next", said, said.length ? el("button",
        { type: "button", class: "quiet", onclick: () => {
          Served.forget("settings");
          settings.reset();
          draw();
        } }, Served.t("back_to_usual")) : null));
    };
    settings.node.addEventListener("change", draw);
    draw();
    return place;
  };

  // A form with everything; run: whose settings it starts from (else those of the last one).
  // Gives {node, fill(FormData): whether what stands in it can be sent, values(), reset()}.
  Served.settingsForm = (run, submit) => {
    const id = `settings-${++forms}`;
    const inputs = controls(run ? { ...USUAL, ...run.settings } : proposed());
    const field = (name) => {
      const input = inputs[name];
      input.id = `${id}-${name}`;
      const kept = run && run.tables[name];
      return el("div", { class: `field field-${name}` },
        el("label", { for: input.id }, titleOf(name, run && run.facts.weekly)), input,
        kept && el("p", { class: "note" }, Served.t("kept", { name: kept })));
    };
    const node = el("form", { class: "settings", onsubmit: (event) => {
      event.preventDefault();
      if (submit) submit();
    } }, el("div", { class: "fields" }, Object.keys(inputs).map(field)),
    submit && el("button", { type: "submit", class: "main-button" }, Served.t("again")));
    const wrong = el("div", {});
    node.prepend(wrong);
    return {
      node,
      fill: (form) => sound(node, inputs, wrong) && fill(inputs, form),
      values: () => read(inputs),
      set(name, value) {
        inputs[name].value = value;
      },
      reset() {
        for (const [name, value] of Object.entries(USUAL)) {
          inputs[name].value = PERCENT.includes(name) ? percent(value)
            : Array.isArray(value) ? value.join(", ") : value ?? "";
        }
      },
    };
  };

  // Whether all can be sent; else the settings are opened, and it is said which cannot, and why.
  function sound(node, inputs, wrong) {
    const bad = Object.entries(inputs).filter(([, input]) => !input.checkValidity());
    wrong.replaceChildren(...(bad.length ? [Served.showProblems(bad.map(([name, input]) => ({
      message: Served.t("setting_wrong",
        { name: Served.t(name), reason: input.validationMessage }) })))] : []));
    if (!bad.length) return true;
    const panel = node.closest("details");
    if (panel) panel.open = true;
    for (const [name, input] of Object.entries(inputs)) {
      input.setAttribute("aria-invalid", String(bad.some(([other]) => other === name)));
    }
    bad[0][1].focus();
    return false;
  }

  // The form's values as settings are kept; what is empty is left out.
  function read(inputs) {
    const said = {};
    for (const [name, input] of Object.entries(inputs)) {
      if (TABLES.includes(name) || input.value === "") continue;
      if (name === "exclude") said.exclude = input.value.split(",").map((part) => part.trim());
      else if (PERCENT.includes(name)) said[name] = Number(input.value) / 100;
      else said[name] = input.type === "number" ? Number(input.value) : input.value;
    }
    return said;
  }

  function fill(inputs, form) {
    const said = read(inputs);
    for (const name of TABLES) {
      if (inputs[name].files.length) form.append(name, inputs[name].files[0]);
    }
    for (const [name, value] of Object.entries(said)) {
      form.append(name, Array.isArray(value) ? value.join(",") : value);
    }
    const kept = Object.fromEntries(KEPT.filter((name) => name in said)
      .map((name) => [name, said[name]]));
    Served.remember("settings", JSON.stringify(kept));
    return true;
  }
})();
