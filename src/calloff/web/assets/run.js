// One run: how far it is, why it failed, or what it found.
"use strict";

(() => {
  const { el } = Calloff;
  const POLL = 400; // milliseconds
  const ENDED = ["done", "failed", "interrupted"];

  // A planner's own numbers: a field in each row, saved a moment after the last change.
  function overrides(run, summary, status) {
    const { t } = Served;
    const own = new Map();
    let timer = 0;
    for (const row of summary.build) {
      if (row.target === summary.targets[0] && row.override !== null) {
        own.set(row.part, row.override);
      }
    }
    async function save() {
      try {
        await Served.ask("PUT", `/api/runs/${run.id}/overrides`,
          { overrides: Object.fromEntries(own) });
        status.textContent = t("saved");
      } catch (error) {
        status.textContent = t("not_saved", { reason: error.message });
      }
    }
    function change(row, input) {
      const value = input.value.trim() === "" ? null : Number(input.value);
      const wrong = value !== null && !(value >= 0 && value <= 1e9);
      input.setAttribute("aria-invalid", String(wrong));
      if (wrong || input.validity.badInput) {
        status.textContent = t("not_saved", { reason: t("wrong_number") });
        return;
      }
      row.override = value;
      if (value === null) own.delete(row.part);
      else own.set(row.part, value);
      clearTimeout(timer);
      timer = setTimeout(save, 500);
    }
    return {
      cell(row) {
        if (row.target !== summary.targets[0]) return "";
        const input = el("input", { type: "number", class: "own", min: 0, step: "any",
          inputmode: "decimal", "aria-label": t("own_of", { part: row.part }),
          placeholder: " ", value: row.override ?? "" });
        input.addEventListener("change", () => change(row, input));
        for (const kind of ["click", "keydown"]) {
          input.addEventListener(kind, (event) => event.stopPropagation());
        }
        return input;
      },
    };
  }

  function download(run, what) {
    const { t } = Served;
    const button = el("button", { type: "button", class: "quiet" }, t(what));
    button.addEventListener("click", async () => {
      Object.assign(button, { disabled: true, textContent: t("making") });
      try {
        await Served.save(`/api/runs/${run.id}/${what}`);
      } catch (error) {
        window.alert(error.message);
      }
      Object.assign(button, { disabled: false, textContent: t(what) });
    });
    return button;
  }

  // Above the view: results to take along, and the same files once more with other settings.
  function tools(run, status) {
    const { t } = Served;
    const place = el("div", { class: "upload" });
    const settings = Served.settingsForm(run, () => Served.begin([], settings, place, run.id));
    return el("section", { class: "run-tools", "aria-label": t("settings") },
      el("div", { class: "downloads" }, download(run, "workbook"), download(run, "report"), status),
      el("details", { class: "panel" }, el("summary", {}, t("settings")), settings.node, place));
  }

  async function view(run, place, alive) {
    const base = `/api/runs/${run.id}`;
    const [summary, earlier] = await Promise.all([
      Served.ask("GET", `${base}/summary`), Served.ask("GET", `${base}/earlier`)]);
    if (!alive()) return () => {};
    const status = el("span", { class: "note", role: "status" });
    const shown = el("div", {});
    place.replaceChildren(shown);
    const mounted = Calloff.mount(shown, summary, Served.strings.view, { bare: true,
      links: [Served.earlierLink()], override: overrides(run, summary, status).cell });
    shown.querySelector(".skip").remove(); // the bar has one
    const main = shown.querySelector("main");
    main.prepend(tools(run, status));
    const scores = main.querySelector("#scores");
    main.insertBefore(Served.earlierSection(earlier), scores ? scores.nextSibling : null);
    return () => mounted.destroy();
  }

  // Failed or interrupted: why, and what can be done.
  function trouble(run, place, again) {
    const { t } = Served;
    const settings = Served.settingsForm(run, () =>
      Served.begin([], settings, upload, run.id));
    const upload = el("div", { class: "upload" });
    const restart = async () => {
      await Served.ask("POST", `/api/runs/${run.id}/restart`).catch(Served.sorry);
      again();
    };
    place.replaceChildren(el("main", { id: "main", class: "calloff home" },
      el("h1", {}, t(run.state === "failed" ? "failed_title" : "interrupted_title")),
      el("p", { class: "lede" }, run.files.join(", ")),
      Served.showProblems(run.problems),
      el("p", { class: "downloads" },
        el("button", { type: "button", onclick: restart,
          class: run.state === "failed" ? "quiet" : "main-button" }, t("restart")),
        el("a", { class: "quiet button", href: "#/" }, t("new"))),
      el("details", { class: "panel" }, el("summary", {}, t("settings")), settings.node, upload)));
  }

  // The page at "#/run/ID". Gives what is to be called when it is left.
  Served.run = (place, id) => {
    let left = false;
    let timer = 0;
    let leave = () => {};
    let meter = null;
    async function show() {
      const run = await Served.ask("GET", `/api/runs/${id}`).catch(Served.sorry);
      if (left || !run) return;
      if (run.state === "done") leave = await view(run, place, () => !left);
      else if (ENDED.includes(run.state)) trouble(run, place, show);
      else wait(run);
      if (left) leave();
    }
    function wait(run) {
      if (!meter || !place.contains(meter.node)) {
        meter = Served.meter(run.files.join(", "));
        place.replaceChildren(el("main", { id: "main", class: "calloff home" },
          el("h1", { class: "unseen" }, Served.t("state_running")),
          el("div", { class: "waiting" }, meter.node)));
      }
      const queued = run.state === "queued";
      meter.show(queued ? "queued" : run.stage || "reading", queued ? null : run.share);
      timer = setTimeout(show, POLL);
    }
    show().catch(Served.sorry);
    return () => {
      left = true;
      clearTimeout(timer);
      leave();
    };
  };
})();
