// Where the day begins: the place to drop a file into, and the runs so far.
"use strict";

(() => {
  const { el } = Calloff;

  // Sends files (or asks for those of a run again) and goes to the run.
  Served.begin = async (files, settings, place, again) => {
    const { t } = Served;
    const form = new FormData();
    for (const file of files) form.append("files", file);
    if (again) form.append("again", again);
    if (!settings.fill(form)) return;
    const size = [...form.values()].reduce((sum, each) => sum + (each.size || 0), 0);
    if (size > Served.about.upload) {
      const message = t("too_large", { limit: Served.about.upload >> 20 });
      place.replaceChildren(Served.showProblems([{ message }]));
      return;
    }
    const meter = Served.meter([...files].map((file) => file.name).join(", "));
    place.replaceChildren(meter.node);
    try {
      const run = await Served.send("/api/runs", form, (share) => meter.show("upload", share));
      location.hash = `#/run/${run.id}`;
    } catch (error) {
      place.replaceChildren(Served.showProblems(error.problems));
    }
  };

  // How far something is: what, and a bar.
  Served.meter = (title) => {
    const { t } = Served;
    const bar = el("progress", { max: 1, value: 0, "aria-label": t("state_running") });
    const stage = el("p", { class: "stage", role: "status" });
    return {
      node: el("div", { class: "meter" }, el("p", { class: "meter-title" }, title), bar, stage),
      show(name, share, more) {
        if (share === null) bar.removeAttribute("value");
        else bar.value = share;
        const words = [name ? t(`stage_${name}`) : "", more].filter(Boolean).join(" · ");
        if (stage.textContent !== words) stage.textContent = words;
      },
    };
  };

  // How long it will still take, in words.
  Served.left = (run) => {
    const { t } = Served;
    if (run.state === "queued") {
      return run.before ? t("waits_behind", { count: run.before }) : "";
    }
    if (run.left === null) return "";
    return run.left < 90 ? t("seconds_left", { count: Math.max(1, Math.ceil(run.left / 5) * 5) })
      : t("minutes_left", { count: Math.ceil(run.left / 60) });
  };

  function zone(settings, place) {
    const { t } = Served;
    const input = el("input", { type: "file", multiple: true, class: "unseen", tabindex: "-1",
      id: "files", "aria-label": t("choose"), onchange: () => take(input.files) });
    const take = (files) => files.length && Served.begin(files, settings, place);
    Served.take = take;
    return el("div", { class: "drop" },
      el("p", { class: "drop-title" }, t("drop")),
      el("p", { class: "note" }, t("drop_more")),
      el("button", { type: "button", class: "main-button", onclick: () => input.click() },
        t("choose")), input, place);
  }

  const days = ({ facts }, format) => {
    if (!facts.targets) return "–";
    const said = (day) => Calloff.period(Served.view(facts, format), day);
    return `${said(facts.cutoff)} → ${facts.targets.map(said).join(", ")}`;
  };

  Served.stateMark = (state) =>
    el("span", { class: `state state-${state}` }, Served.t(`state_${state}`));

  function row(run, again, format) {
    const { t } = Served;
    const name = run.name;
    const remove = async () => {
      if (!window.confirm(t(run.kept ? "delete_sure_kept" : "delete_sure"))) return;
      await Served.ask("DELETE", `/api/runs/${run.id}`).catch((error) =>
        error.code === "web.absent" || window.alert(error.message));
      again();
    };
    return el("tr", {},
      el("th", { scope: "row" }, el("a", { href: `#/run/${run.id}` }, name)),
      el("td", { class: "less-narrow" }, (run.facts.customers || []).join(", ") || "–"),
      el("td", {}, days(run, format)),
      el("td", { class: "less-narrow" }, run.facts.method || "–"),
      el("td", {}, Served.stateMark(run.state)),
      el("td", { class: "less-narrow" }, [Served.moment(run.created),
        Served.about.team && run.author].filter(Boolean).join(" · ")),
      el("td", { class: "number" }, el("button", { type: "button", class: "quiet",
        "aria-label": t("delete_of", { name }), onclick: remove }, t("delete"))));
  }

  function table(runs, again) {
    const { t } = Served;
    if (!runs.length) return el("p", { class: "note" }, t("no_runs"));
    const shown = runs.flatMap((run) => [run.facts.cutoff, ...(run.facts.targets || [])]);
    const format = Calloff.formats(Served.lang, Calloff.severalYears(shown));
    const heads = [["file"], ["customer", "less-narrow"], ["made_for"], ["method", "less-narrow"], ["state"],
      ["sent", "less-narrow"]];
    return el("div", { class: "table" }, el("div", { class: "scroller", tabindex: "0",
      role: "region", "aria-label": t("history") }, el("table", {},
      el("caption", { class: "unseen" }, t("history")),
      el("thead", {}, el("tr", {}, heads.map(([key, less]) =>
        el("th", { scope: "col", class: less }, t(`run_${key}`))),
      el("td", {}))),
      el("tbody", {}, runs.map((run) => row(run, again, format))))));
  }

  // The page at "#/". Gives what is to be called when it is left.
  Served.home = (place) => {
    const { t } = Served;
    let timer = 0;
    const questions = Served.questions();
    const settings = Served.settingsForm();
    const list = el("div", {});
    async function show() {
      const counts = questions.ask();
      const runs = await Served.ask("GET", "/api/runs").catch((error) => {
        if (!counts()) return;
        if (error.code === "offline") Served.whenBack(() => counts() && show());
        else Served.sorry(error);
      });
      if (!counts() || !runs) return;
      list.replaceChildren(table(runs, show));
      drop.classList.toggle("small", runs.length > 0);
      const busy = runs.some((run) => ["queued", "running"].includes(run.state));
      clearTimeout(timer);
      if (busy) timer = setTimeout(show, 1500);
    }
    const drop = zone(settings, el("div", { class: "upload" }));
    place.replaceChildren(el("main", { id: "main", class: "calloff home" },
      el("h1", { class: "unseen" }, t("new")), drop, Served.nextStrip(settings),
      el("details", { class: "panel" }, el("summary", {}, t("settings")), settings.node),
      el("section", {}, el("h2", { id: "runs-title" }, t("history")), list)));
    show();
    return () => {
      questions.end();
      clearTimeout(timer);
    };
  };
})();
