// What changed since the run before, in a panel above the list: the largest first, from thresholds
// of one's own on.
"use strict";

(() => {
  const { el } = Calloff;
  const FEW = 5;
  const USUAL = { share: 0.2, pieces: 1 };

  function thresholds() {
    try {
      const kept = JSON.parse(Served.recall("thresholds") || "{}");
      const sound = (name, most) => kept[name] >= 0 && kept[name] <= most;
      return { share: sound("share", 1) ? kept.share : USUAL.share,
        pieces: sound("pieces", 1e9) ? kept.pieces : USUAL.pieces };
    } catch {
      return { ...USUAL };
    }
  }

  function cells(row, format, words) {
    const step = (name) => {
      const [from, to] = [row[`${name}_before`], row[name]].map(format.pieces);
      return from === to ? to : `${from} → ${to}`;
    };
    const known = [row.verdict_before, row.verdict].filter(Boolean);
    const said = [...new Set(known)].flatMap((verdict, at) =>
      [at > 0 && " → ", Calloff.verdict(words, verdict)]);
    return [el("td", { class: "number" }, step("plan")),
      el("td", { class: "number" }, step("forecast")), el("td", {}, said.length ? said : "–")];
  }

  // From when on a change is told: kept in the browser for all runs.
  function limits(tell) {
    const { t } = Served;
    const kept = thresholds();
    const field = (name, label, shown, most, read) => {
      const id = `changes-${name}`;
      const input = el("input", { type: "number", id, min: 0, max: most, step: "any",
        value: shown(kept[name]), onchange: () => {
          const value = input.value.trim() === "" ? NaN : Number(input.value);
          const wrong = !(value >= 0 && value <= most);
          input.setAttribute("aria-invalid", String(wrong));
          if (wrong) return void tell(t("changes_wrong", { most }));
          Served.remember("thresholds", JSON.stringify({ ...thresholds(), [name]: read(value) }));
          tell("");
        } });
      return el("span", {}, el("label", { for: id }, label), input);
    };
    return el("span", { class: "limits" },
      field("share", t("changes_share"), (share) => Math.round(share * 1e4) / 100, 100,
        (value) => value / 100),
      field("pieces", t("changes_pieces"), (pieces) => pieces, 1e9, (value) => value));
  }

  // Gives {node, ready(open)}: open(part) shows a part, once the view is there. It stays hidden
  // where there is no run before.
  Served.changesPanel = (run, summary) => {
    const t = Served.words(summary.weekly);
    const { t: words } = Served.view(summary);
    const room = el("div", {});
    const told = el("span", { class: "note", role: "status" });
    const title = el("summary", {});
    const bounds = el("div", { class: "tools" }, limits((problem) => {
      told.textContent = problem;
      if (!problem) load();
    }), told);
    const node = el("details", { class: "panel changes", hidden: true }, title,
      bounds, room);
    let all = false;
    let open = () => {};

    function rows(found, format) {
      const several = summary.targets.length > 1;
      const heads = ["part", several && "target", "plan", "forecast", "verdict"].filter(Boolean);
      const view = Served.view(summary, format);
      const numbers = ["plan", "forecast"];
      const line = (row) => el("tr", {},
        el("th", { scope: "row" }, el("button", { type: "button", class: "open",
          "aria-haspopup": "dialog", onclick: () => open(row.part) }, row.part)),
        several && el("td", {}, Calloff.target(view, row.target, "middle")),
        cells(row, format, words));
      return el("div", { class: "scroller", tabindex: "0", role: "region",
        "aria-label": title.textContent },
      el("table", {}, el("caption", { class: "unseen" }, title.textContent),
        el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col",
          class: numbers.includes(head) ? "number" : null }, t(`term_${head}`))))),
        el("tbody", {}, found.rows.slice(0, all ? undefined : FEW).map(line))));
    }

    function draw(found) {
      node.hidden = !found;
      if (!found) return;
      const format = Calloff.formats(Served.lang,
        Calloff.severalYears([found.as_of, ...summary.targets]));
      const since = { day: Calloff.period(Served.view(summary, format), found.as_of), count: format.pieces(found.count) };
      bounds.hidden = !found.targets.length;
      title.textContent = t(found.targets.length ? "changes_since" : "changes_apart", since);
      const more = found.rows.length - FEW;
      room.replaceChildren(...[
        el("p", { class: "note" }, t(found.targets.length ? (found.count ? "changes_how"
          : "changes_none") : "changes_days"), " ",
        el("a", { href: `#/run/${found.run}` }, t("changes_run", { name: found.name }))),
        found.count > 0 && rows(found, format),
        more > 0 && el("p", {}, el("button", { type: "button", class: "quiet", onclick: () => {
          all = !all;
          draw(found);
        } }, t(all ? "changes_fewer" : "changes_all", { count: format.pieces(found.rows.length) }))),
        all && found.rows.length < found.count && el("p", { class: "note" },
          t("changes_largest", { count: format.pieces(found.rows.length) })),
      ].filter(Boolean));
    }

    const questions = Served.questions();
    async function load() {
      const counts = questions.ask();
      const { share, pieces } = thresholds();
      try {
        const found = await Served.ask("GET",
          `/api/runs/${run.id}/changes?share=${share}&pieces=${pieces}`);
        if (counts()) draw(found);
      } catch (error) {
        if (!counts()) return;
        if (error.code === "offline") Served.whenBack(() => node.isConnected && load());
        else told.textContent = error.message;
      }
    }

    load();
    return { node, ready(shown) { open = shown; } };
  };
})();
