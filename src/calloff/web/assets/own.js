// A planner's own numbers: a field in each row, saved one at a time with what it replaces.
"use strict";

(() => {
  const { el } = Calloff;
  const MOST = 1e9;
  const PLAIN = /^(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/;

  // null: nothing; undefined: no number.
  function parse(text) {
    const plain = text.trim();
    if (!plain) return null;
    const value = PLAIN.test(plain) ? Number(plain.replaceAll(",", "")) : NaN;
    return value <= MOST ? value : undefined;
  }

  const shown = (pieces) => (pieces === null || pieces === undefined ? "" : String(pieces));

  // known: the answer of /overrides. Gives {cell, extra, tools, leave}.
  Served.ownNumbers = (run, summary, known) => {
    const { format } = Served;
    const t = Served.words(summary.weekly);
    const where = `/api/runs/${run.id}/overrides`;
    const drafts = Served.drafts(run.id);
    const several = summary.targets.length > 1;
    // A place is a target day and a part.
    const place = ({ target, part }) => `${target} ${part}`;
    const partOf = (at) => at.slice("2000-01-01 ".length);
    const targetOf = (at) => at.slice(0, "2000-01-01".length);
    const view = Served.view(summary);
    const dayOf = (at) => Calloff.target(view, targetOf(at), "middle");
    const named = (at) => (several ? `${partOf(at)}, ${dayOf(at)}` : partOf(at));
    const rows = new Map(summary.build.map((row) => [place(row), row]));
    const fields = new Map();
    const touched = new Set(); // places that were typed at on this page, and are not in dispute
    const status = el("span", { class: "note", role: "status" });
    const notice = el("span", { class: "notice" });
    const undo = el("button", { type: "button", class: "quiet", hidden: true, onclick: takeBack });
    let changed = () => {};
    let listed = () => [...rows.values()];
    let details = {};
    let changes = [];
    let undone = 0; // changes that were taken back since the page was opened

    const saved = (at) => (details[targetOf(at)] || {})[partOf(at)];
    const piecesOf = (at) => (saved(at) ? saved(at).pieces : null);
    const mine = () => changes.filter((each) => each.author === Served.about.user);

    function take(answer) {
      ({ details, changes } = answer);
      for (const [at, row] of rows) {
        row.override = piecesOf(at);
        show(at);
      }
      drawUndo();
      changed();
    }

    // The fields of a place as they should stand; what is being typed stays.
    function show(at) {
      const field = fields.get(at);
      if (!field || !field.input.isConnected) return;
      const draft = drafts.get(at);
      const own = saved(at);
      field.input.value = draft ? draft.text : shown(piecesOf(at));
      field.why.value = draft ? draft.reason : own ? own.reason : "";
      field.input.classList.toggle("unsaved", Boolean(draft));
      field.input.title = own ? line(own) : "";
      field.why.hidden = !field.input.value && field.why !== document.activeElement;
    }

    const line = (change) => [change.author, Served.moment(change.made), change.reason]
      .filter(Boolean).join(" · ");

    function typed(at) {
      touched.add(at);
      const { input, why } = fields.get(at);
      const before = drafts.get(at);
      drafts.set(at, { text: input.value, reason: why.value,
        replaces: before ? before.replaces : piecesOf(at) });
      input.classList.add("unsaved");
      why.hidden = !input.value.trim();
    }

    // Saves what was typed for a place, after all that was to be saved before.
    function commit(at) {
      const draft = drafts.get(at);
      if (!draft) return Served.saving;
      const pieces = parse(draft.text);
      const field = fields.get(at);
      if (field) field.input.setAttribute("aria-invalid", String(pieces === undefined));
      if (pieces === undefined) {
        status.textContent = t("not_saved", { reason: t("wrong_number") });
        return Served.saving;
      }
      if (pieces === piecesOf(at) && draft.reason === (saved(at) ? saved(at).reason : "")) {
        drafts.drop(at);
        show(at);
        return Served.saving;
      }
      return Served.inTurn(() => save(at, draft, pieces));
    }

    const commitAll = () => drafts.places().filter((at) => touched.has(at)).forEach(commit);

    async function save(at, draft, pieces) {
      const asked = { part: partOf(at), target: targetOf(at), pieces, replaces: draft.replaces,
        reason: draft.reason };
      try {
        const answer = await Served.ask("PATCH", where, asked);
        const now = drafts.get(at);
        if (now && now.text === draft.text && now.reason === draft.reason) drafts.drop(at);
        else if (now) drafts.set(at, { ...now, replaces: pieces }); // typed on meanwhile
        undone = 0;
        take(answer);
        status.textContent = t("saved");
        notice.replaceChildren();
      } catch (error) {
        await refused(at, error);
      }
    }

    async function refused(at, error) {
      status.textContent = t("not_saved", { reason: error.message });
      if (error.code === "offline") Served.whenBack(commitAll);
      if (error.status !== 409) return;
      touched.delete(at);
      take(await Served.ask("GET", where).catch(() => ({ details, changes })));
      const draft = drafts.get(at);
      if (draft) drafts.set(at, { ...draft, replaces: piecesOf(at) });
      ask([["keep_mine", () => commit(at)], ["take_theirs", () => {
        drafts.drop(at);
        show(at);
      }]]);
    }

    // Buttons beside what is said; any of them answers it.
    function ask(choices) {
      notice.replaceChildren(...choices.map(([key, chosen]) =>
        el("button", { type: "button", class: "quiet", onclick: () => {
          notice.replaceChildren();
          status.textContent = "";
          chosen();
        } }, t(key))));
    }

    function drawUndo() {
      const last = mine()[undone];
      undo.hidden = !last;
      if (!last) return;
      const value = (pieces) => (pieces === null ? "–" : format.pieces(pieces));
      undo.textContent = t(several ? "undo_of_day" : "undo_of", { part: last.part,
        target: dayOf(place(last)), from: value(last.pieces), to: value(last.before) });
    }

    // In turn with what is saved: a second click while the first is under way takes back what is
    // before it.
    function takeBack() {
      return Served.inTurn(takeLastBack);
    }

    async function takeLastBack() {
      const last = mine()[undone];
      if (!last) return;
      const older = changes.find((each) => place(each) === place(last) && each.made < last.made);
      const done = undone;
      try {
        const answer = await Served.ask("PATCH", where, { part: last.part, target: last.target,
          pieces: last.before, replaces: last.pieces,
          reason: older && last.before !== null ? older.reason : "" });
        drafts.drop(place(last));
        undone = done + 2; // it is a change as well, and the newest
        take(answer);
        status.textContent = t("saved");
      } catch (error) {
        await refused(place(last), error);
      }
    }

    function cell(row) {
      const at = place(row);
      const facts = { part: row.part, target: dayOf(at) };
      const input = el("input", { type: "text", class: "own", inputmode: "decimal",
        autocomplete: "off", "aria-label": t(several ? "own_of_day" : "own_of", facts),
        placeholder: " " });
      const why = el("input", { type: "text", class: "own-why", maxlength: 200,
        autocomplete: "off", "aria-label": t("why_of", facts), placeholder: t("why") });
      fields.set(at, { input, why });
      for (const each of [input, why]) {
        each.addEventListener("input", () => typed(at));
        each.addEventListener("change", () => commit(at));
        each.addEventListener("click", (event) => event.stopPropagation());
        each.addEventListener("keydown", (event) => event.stopPropagation());
      }
      input.addEventListener("keydown", step);
      input.addEventListener("paste", (event) => paste(event, row));
      queueMicrotask(() => show(at)); // when it has its place
      return el("span", { class: "own-cell" }, input, why);
    }

    // Enter leads down the column, as in a spreadsheet; with Shift, up.
    function step(event) {
      if (event.key !== "Enter" || event.isComposing) return;
      const all = [...event.target.closest("tbody").querySelectorAll("input.own")];
      const next = all[all.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
      if (!next) return;
      event.preventDefault();
      next.focus(); // what was typed is saved by this
      next.select();
    }

    // One cell is typed; several are cells of a spreadsheet, for the day of the row that they are
    // pasted at. All or none of them are taken.
    function paste(event, from) {
      const text = event.clipboardData.getData("text/plain");
      if (!/[\t\r\n]/.test(text.trim())) return;
      event.preventDefault();
      const { target } = from;
      const parts = listed().filter((row) => row.target === target).map((row) => row.part);
      const { found, wrong } = Served.pasted(text, parts, from.part, parse);
      if (wrong.length) {
        status.textContent = t("paste_wrong", { count: wrong.length,
          lines: wrong.slice(0, 3).join(" · ") });
        return;
      }
      for (const [part, pieces] of found) {
        const at = place({ target, part });
        touched.add(at);
        drafts.set(at, { text: pieces, reason: "", replaces: piecesOf(at) });
        show(at);
        commit(at);
      }
      Served.inTurn(() => {
        if (!drafts.places().length) status.textContent = t("pasted", { count: found.length });
      });
    }

    // In the dialog of a part: what was done to its number.
    function extra(part) {
      const all = changes.filter((each) => each.part === part);
      if (!all.length) return null;
      const value = (pieces) => (pieces === null ? "–" : format.pieces(pieces));
      return el("div", { class: "own-changes" }, el("h3", {}, t("changes")),
        el("ul", {}, all.map((each) => el("li", {},
          [several && dayOf(place(each)), `${value(each.before)} → ${value(each.pieces)}`,
            line(each)].filter(Boolean).join(" · ")))));
    }

    // Another tab may have changed them. In turn with what is saved: an answer from before it would
    // show the numbers of then.
    const look = () => {
      if (document.hidden) return;
      Served.inTurn(async () => {
        const answer = await Served.ask("GET", where).catch(() => null);
        if (answer) take(answer);
      });
    };
    document.addEventListener("visibilitychange", look);

    take(known);
    const left = drafts.places().filter((at) => rows.has(at));
    if (left.length) {
      status.textContent = t("unsaved", { count: left.length,
        parts: left.slice(0, 3).map(named).join(", ") });
      ask([["save_now", () => left.forEach(commit)], ["discard", () => left.forEach((at) => {
        drafts.drop(at);
        show(at);
      })]]);
    }
    return {
      cell, extra, tools: [status, notice, undo],
      onChange(listener) { changed = listener; },
      onList(rowsAsListed) { listed = rowsAsListed; },
      take,
      say(text) { status.textContent = text; },
      leave() {
        document.removeEventListener("visibilitychange", look);
        commitAll();
      },
    };
  };
})();
