// One run: how far it is, why it failed, or what it found.
"use strict";

(() => {
  const { el } = Calloff;
  const POLL = 400; // milliseconds
  const ENDED = ["done", "failed", "interrupted"];

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

  // The tab tells which run it is: its day, and its name.
  function titled(run) {
    const [day] = run.facts.targets || [];
    document.title = [day && Calloff.period(Served.view(run.facts), day), run.name, Served.t("title")]
      .filter(Boolean).join(" · ");
  }

  function cancelButton(run, again) {
    return el("p", {}, el("button", { type: "button", class: "quiet", onclick: async (event) => {
      event.currentTarget.disabled = true;
      await Served.ask("POST", `/api/runs/${run.id}/cancel`).catch(Served.sorry);
      again();
    } }, Served.t("cancel")));
  }

  // A name of one's own for a run, and its address for a colleague.
  function naming(run) {
    const { t, about } = Served;
    const told = el("span", { class: "note", role: "status" });
    const field = el("input", { type: "text", maxlength: 120, value: run.name, class: "run-name",
      "aria-label": t("rename"), onchange: () => {
        const name = field.value;
        Served.inTurn(() => rename(name));
      } });
    const rename = async (name) => {
      try {
        titled(await Served.ask("PUT", `/api/runs/${run.id}/name`, { name }));
        told.textContent = t("saved");
      } catch (error) {
        told.textContent = t("not_saved", { reason: error.message });
      }
    };
    const copy = async () => {
      const said = about.local ? "copied_local" : about.team ? "copied_team" : "copied_alone";
      try {
        await navigator.clipboard.writeText(location.href);
        told.textContent = t(said, { team: about.team });
      } catch { // no clipboard here: it can be marked and copied by hand
        told.textContent = t("link_is", { link: location.href });
      }
    };
    return el("span", { class: "naming" }, field,
      el("button", { type: "button", class: "quiet", onclick: copy }, t("copy_link")), told);
  }

  // What the files of a run brought leaves the store, for good; the run stays.
  function forgetting(run) {
    const { t, format } = Served;
    const told = el("p", { class: "note", role: "status" });
    const button = el("button", { type: "button", class: "quiet", onclick: async () => {
      if (!window.confirm(t("forget_sure"))) return;
      try {
        const gone = await Served.ask("POST", `/api/runs/${run.id}/forget`);
        button.hidden = true;
        told.textContent = t("forgotten", { count: format.pieces(gone.quantities),
          customers: gone.customers.join(", ") });
      } catch (error) {
        told.textContent = error.message;
      }
    } }, t("forget"));
    return el("div", {}, el("p", {}, button), told);
  }

  // Above the view: results to take along, and the same files once more with other settings.
  function tools(run, own, changes) {
    const t = Served.words(run.facts.weekly);
    const place = el("div", { class: "upload" });
    const settings = Served.settingsForm(run, () => Served.begin([], settings, place, run.id));
    const kept = run.kept ? t(run.facts.kept ? "kept_of" : "kept_moved", { customer: run.facts.kept })
      : [t("kept_not"), ...run.unmoved.map((each) => each.message)].join(" ");
    return el("section", { class: "run-tools", "aria-label": t("settings") },
      el("div", { class: "downloads" }, download(run, "workbook"), download(run, "report"), naming(run), own.tools),
      el("p", { class: "note kept" }, kept),
      Served.differingStrip("differing", Served.differing(run.settings, run.tables, run.facts.weekly)),
      changes.node,
      el("details", { class: "panel" }, el("summary", {}, t("settings")), settings.node, place,
        run.kept ? forgetting(run) : null));
  }

  // The list is there; how good such forecasts were follows when it is known.
  async function whenScored(base, alive, mounted) {
    try {
      while (alive() && (await Served.ask("GET", base)).stage === "scores") {
        await new Promise((go) => setTimeout(go, POLL));
      }
      if (!alive()) return;
      const found = await Served.ask("GET", `${base}/summary`);
      if (alive()) mounted.scored(found);
      if (found.scoring) setTimeout(() => whenScored(base, alive, mounted), POLL);
    } catch (error) {
      if (error.code === "offline") Served.whenBack(() => alive() && whenScored(base, alive, mounted));
    }
  }

  async function view(run, place, alive) {
    const base = `/api/runs/${run.id}`;
    await Served.saving;
    const [summary, earlier, known] = await Promise.all(
      ["summary", "earlier", "overrides"].map((name) => Served.ask("GET", `${base}/${name}`)));
    if (!alive()) return () => {};
    const own = Served.ownNumbers(run, summary, known);
    const shown = el("div", {});
    place.replaceChildren(shown);
    const mounted = Calloff.mount(shown, summary, Served.strings.view, { bare: true,
      links: [Served.earlierLink()], override: own.cell, partExtra: own.extra });
    own.onChange(mounted.changed);
    own.onList(mounted.listed);
    Served.take = async (files) => {
      const [file] = files;
      const book = files.length === 1 && /\.xlsx$/i.test(file.name);
      if (!book || !await Served.sendBook(run, file, own)) Served.takeAnew(files);
    };
    mounted.changed();
    shown.querySelector(".skip").remove(); // the bar has one
    const main = shown.querySelector("main");
    const changes = Served.changesPanel(run, summary);
    changes.ready(mounted.open);
    main.prepend(tools(run, own, changes));
    const scores = main.querySelector("#scores");
    main.insertBefore(Served.earlierSection(earlier, summary), scores ? scores.nextSibling : null);
    if (summary.scoring) whenScored(base, alive, mounted);
    return () => {
      own.leave();
      mounted.destroy();
    };
  }

  // Failed or interrupted: why, and what can be done.
  function trouble(run, place, again) {
    const { t } = Served;
    const settings = Served.settingsForm(run, () =>
      Served.begin([], settings, upload, run.id));
    const upload = el("div", { class: "upload" });
    const ofSettings = run.problems.some(({ code }) =>
      /^(method|part|forecast|build|argument)\.|^store\.whose|^web\.no_customer/.test(code));
    const begin = (name, value) => {
      settings.set(name, value);
      Served.begin([], settings, upload, run.id);
    };
    const choices = run.choices.map((name) => el("button", { type: "button", class: "main-button",
      onclick: () => begin("customer", name) }, name));
    const kept = run.settings.keep !== false; // what is kept takes more memory
    const look = run.problems.some(({ code }) => code.startsWith("store.")
      || (kept && /^web\.(memory|died)$/.test(code))) && el("button",
      { type: "button", class: "quiet", onclick: () => begin("keep", "false") }, t("look_only"));
    const takeDay = run.remedy.as_of && el("button", { type: "button", class: "main-button",
      onclick: () => begin("as_of", run.remedy.as_of) }, t("take_day", { day: Served.format.whole(run.remedy.as_of) }));
    const restart = async () => {
      await Served.ask("POST", `/api/runs/${run.id}/restart`).catch(Served.sorry);
      again();
    };
    place.replaceChildren(el("main", { id: "main", class: "calloff home" },
      el("h1", {}, t(choices.length ? "choose_customer"
        : run.state === "failed" ? "failed_title" : "interrupted_title")),
      el("p", { class: "lede" }, run.name),
      Served.showProblems(run.problems),
      el("p", { class: "downloads" },
        choices, takeDay, look, el("button", { type: "button", onclick: restart,
          class: run.state === "failed" ? "quiet" : "main-button" }, t("restart")),
        el("a", { class: "quiet button", href: "#/" }, t("new"))),
      Served.differingStrip("differing", Served.differing(run.settings, run.tables, run.facts.weekly)),
      el("details", { class: "panel", open: ofSettings }, el("summary", {}, t("settings")),
        settings.node, upload)));
  }

  // The page at "#/run/ID". Gives what is to be called when it is left.
  Served.run = (place, id) => {
    let timer = 0;
    let leave = () => {};
    let meter = null;
    const questions = Served.questions();
    async function show() {
      const counts = questions.ask();
      try {
        const run = await Served.ask("GET", `/api/runs/${id}`);
        if (!counts()) return;
        titled(run);
        if (run.state === "done") leave = await view(run, place, counts);
        else if (ENDED.includes(run.state)) trouble(run, place, show);
        else wait(run);
        if (!counts()) leave();
      } catch (error) {
        if (!counts()) return;
        if (error.code === "offline") Served.whenBack(() => counts() && show());
        else if (error.code === "history.damaged") show(); // by now it is one that failed
        else Served.sorry(error);
      }
    }
    function wait(run) {
      if (!meter || !place.contains(meter.node)) {
        meter = Served.meter(run.name);
        place.replaceChildren(el("main", { id: "main", class: "calloff home" },
          el("h1", { class: "unseen" }, Served.t("state_running")),
          el("div", { class: "waiting" }, meter.node, cancelButton(run, () => { clearTimeout(timer); show(); }))));
      }
      const queued = run.state === "queued";
      meter.show(queued ? "queued" : run.stage || "reading", queued ? null : run.share,
        Served.left(run));
      timer = setTimeout(show, POLL);
    }
    show();
    return () => {
      questions.end();
      clearTimeout(timer);
      leave();
      document.title = Served.t("title");
    };
  };
})();
