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
    const { t, format } = Served;
    const where = `/api/runs/${run.id}/overrides`;
    const drafts = Served.drafts(run.id);
    const rows = new Map(summary.build.filter((row) => row.target === summary.targets[0])
      .map((row) => [row.part, row]));
    const fields = new Map();
    const touched = new Set(); // parts that were typed at on this page, and are not in dispute
    const status = el("span", { class: "note", role: "status" });
    const notice = el("span", { class: "notice" });
    const undo = el("button", { type: "button", class: "quiet", hidden: true, onclick: takeBack });
    let changed = () => {};
    let listed = () => [...rows.values()];
    let details = {};
    let changes = [];
    let undone = 0; // changes that were taken back since the page was opened

    const saved = (part) => details[part];
    const piecesOf = (part) => (saved(part) ? saved(part).pieces : null);
    const mine = () => changes.filter((each) => each.author === Served.about.user);

    function take(answer) {
      ({ details, changes } = answer);
      for (const [part, row] of rows) {
        row.override = piecesOf(part);
        show(part);
      }
      drawUndo();
      changed();
    }

    // The fields of a part as they should stand; what is being typed stays.
    function show(part) {
      const field = fields.get(part);
      if (!field || !field.input.isConnected) return;
      const draft = drafts.get(part);
      const own = saved(part);
      field.input.value = draft ? draft.text : shown(piecesOf(part));
      field.why.value = draft ? draft.reason : own ? own.reason : "";
      field.input.classList.toggle("unsaved", Boolean(draft));
      field.input.title = own ? line({ ...own, part }) : "";
      field.why.hidden = !field.input.value && field.why !== document.activeElement;
    }

    const line = (change) => [change.author, Served.moment(change.made), change.reason]
      .filter(Boolean).join(" · ");

    function typed(part) {
      touched.add(part);
      const { input, why } = fields.get(part);
      const before = drafts.get(part);
      drafts.set(part, { text: input.value, reason: why.value,
        replaces: before ? before.replaces : piecesOf(part) });
      input.classList.add("unsaved");
      why.hidden = !input.value.trim();
    }

    // Saves what was typed for a part, after all that was to be saved before.
    function commit(part) {
      const draft = drafts.get(part);
      if (!draft) return Served.saving;
      const pieces = parse(draft.text);
      const field = fields.get(part);
      if (field) field.input.setAttribute("aria-invalid", String(pieces === undefined));
      if (pieces === undefined) {
        status.textContent = t("not_saved", { reason: t("wrong_number") });
        return Served.saving;
      }
      if (pieces === piecesOf(part) && draft.reason === (saved(part) ? saved(part).reason : "")) {
        drafts.drop(part);
        show(part);
        return Served.saving;
      }
      Served.saving = Served.saving.then(() => save(part, draft, pieces));
      return Served.saving;
    }

    const commitAll = () => drafts.parts().filter((part) => touched.has(part)).forEach(commit);

    async function save(part, draft, pieces) {
      const asked = { part, pieces, replaces: draft.replaces, reason: draft.reason };
      try {
        const answer = await Served.ask("PATCH", where, asked);
        const now = drafts.get(part);
        if (now && now.text === draft.text && now.reason === draft.reason) drafts.drop(part);
        else if (now) drafts.set(part, { ...now, replaces: pieces }); // typed on meanwhile
        undone = 0;
        take(answer);
        status.textContent = t("saved");
        notice.replaceChildren();
      } catch (error) {
        await refused(part, error);
      }
    }

    async function refused(part, error) {
      status.textContent = t("not_saved", { reason: error.message });
      if (error.code === "offline") Served.whenBack(commitAll);
      if (error.status !== 409) return;
      touched.delete(part);
      take(await Served.ask("GET", where).catch(() => ({ details, changes })));
      const draft = drafts.get(part);
      if (draft) drafts.set(part, { ...draft, replaces: piecesOf(part) });
      ask([["keep_mine", () => commit(part)], ["take_theirs", () => {
        drafts.drop(part);
        show(part);
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
      undo.textContent = t("undo_of", { part: last.part, from: value(last.pieces),
        to: value(last.before) });
    }

    async function takeBack() {
      const last = mine()[undone];
      const older = changes.find((each) => each.part === last.part && each.made < last.made);
      const done = undone;
      try {
        const answer = await Served.ask("PATCH", where, { part: last.part, pieces: last.before,
          replaces: last.pieces, reason: older && last.before !== null ? older.reason : "" });
        drafts.drop(last.part);
        undone = done + 2; // it is a change as well, and the newest
        take(answer);
        status.textContent = t("saved");
      } catch (error) {
        await refused(last.part, error);
      }
    }

    function cell(row) {
      if (row.target !== summary.targets[0]) return "";
      const { part } = row;
      const input = el("input", { type: "text", class: "own", inputmode: "decimal",
        autocomplete: "off", "aria-label": t("own_of", { part }), placeholder: " " });
      const why = el("input", { type: "text", class: "own-why", maxlength: 200,
        autocomplete: "off", "aria-label": t("why_of", { part }), placeholder: t("why") });
      fields.set(part, { input, why });
      for (const each of [input, why]) {
        each.addEventListener("input", () => typed(part));
        each.addEventListener("change", () => commit(part));
        each.addEventListener("click", (event) => event.stopPropagation());
        each.addEventListener("keydown", (event) => event.stopPropagation());
      }
      input.addEventListener("keydown", step);
      input.addEventListener("paste", (event) => paste(event, part));
      queueMicrotask(() => show(part)); // when it has its place
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

    // One cell is typed; several are cells of a spreadsheet. All or none of them are taken.
    function paste(event, from) {
      const text = event.clipboardData.getData("text/plain");
      if (!/[\t\r\n]/.test(text.trim())) return;
      event.preventDefault();
      const parts = listed().filter((row) => row.target === summary.targets[0])
        .map((row) => row.part);
      const { found, wrong } = Served.pasted(text, parts, from, parse);
      if (wrong.length) {
        status.textContent = t("paste_wrong", { count: wrong.length,
          lines: wrong.slice(0, 3).join(" · ") });
        return;
      }
      for (const [part, pieces] of found) {
        touched.add(part);
        drafts.set(part, { text: pieces, reason: "", replaces: piecesOf(part) });
        show(part);
        commit(part);
      }
      Served.saving = Served.saving.then(() => {
        if (!drafts.parts().length) status.textContent = t("pasted", { count: found.length });
      });
    }

    // In the dialog of a part: what was done to its number.
    function extra(part) {
      const all = changes.filter((each) => each.part === part);
      if (!all.length) return null;
      const value = (pieces) => (pieces === null ? "–" : format.pieces(pieces));
      return el("div", { class: "own-changes" }, el("h3", {}, t("changes")),
        el("ul", {}, all.map((each) => el("li", {},
          `${value(each.before)} → ${value(each.pieces)} · ${line(each)}`))));
    }

    const look = async () => {
      if (document.hidden) return;
      const answer = await Served.ask("GET", where).catch(() => null);
      if (answer) take(answer);
    };
    document.addEventListener("visibilitychange", look); // another tab may have changed them

    take(known);
    const left = drafts.parts();
    if (left.length) {
      status.textContent = t("unsaved", { count: left.length, parts: left.slice(0, 3).join(", ") });
      ask([["save_now", () => left.forEach(commit)], ["discard", () => left.forEach((part) => {
        drafts.drop(part);
        show(part);
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
