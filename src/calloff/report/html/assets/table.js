// A table, sorted by its headers and shown page by page, so that a thousand rows cost little.
"use strict";

(() => {
  const { el } = Calloff;
  let tables = 0;

  function compare(a, b, names) {
    const none = (value) => value === null || value === undefined;
    if (none(a) || none(b)) return none(a) - none(b);
    return typeof a === "number" && typeof b === "number" ? a - b : names(a, b);
  }

  // Missing values stay at the end, whichever way the rest is sorted.
  function ordered(rows, column, down, names) {
    const none = (row) => column.value(row) === null || column.value(row) === undefined;
    const known = rows.filter((row) => !none(row));
    const sign = down ? -1 : 1;
    known.sort((a, b) => sign * compare(column.value(a), column.value(b), names));
    return [...known, ...rows.filter(none)];
  }

  // columns: {key, label, value(row), cell(row), number, hint, less}; less: left out where it is
  // narrow. foot(rows): what stands below all rows that are chosen, by the column's key. printed: rows on paper, where not all that were chosen. open(row): what a row opens, by click or by the button in its first cell.
  Calloff.table = (page, options) => {
    const { t, format } = page;
    const { columns, caption, open, sizes = [25, 50, 100] } = options;
    const state = { rows: options.rows, sort: options.sort, down: options.down ?? true,
      at: 0, size: options.size ?? sizes[0] };
    const body = el("tbody");
    const heads = new Map();
    const count = el("p", { class: "count", "aria-live": "polite" });
    const id = `table-${++tables}`;

    // Below the rows, of all pages.
    const foot = el("tfoot");
    function drawFoot() {
      if (!options.foot) return;
      const sums = options.foot(state.rows);
      foot.replaceChildren(...(state.rows.length ? [el("tr", {}, columns.map((column, place) =>
        el(place ? "td" : "th", { scope: place ? null : "row", class: cellClass(column) },
          sums[column.key] ?? "")))] : []));
    }

    const sorted = () => {
      const column = columns.find((each) => each.key === state.sort);
      return column ? ordered(state.rows, column, state.down, format.names) : [...state.rows];
    };

    function sortBy(column) {
      if (state.sort === column.key) state.down = !state.down;
      else Object.assign(state, { sort: column.key, down: Boolean(column.number) });
      state.at = 0;
      draw();
    }

    function head(column) {
      const words = column.label.split(" ");
      const last = words.pop(); // the arrow stays with it
      const button = el("button", { type: "button", title: column.hint,
        onclick: () => sortBy(column) }, words.map((word) => `${word} `),
      el("span", { class: "last" }, last, el("span", { class: "arrow", "aria-hidden": "true" })));
      const cell = el("th", { scope: "col", class: cellClass(column), "data-label": column.label }, button);
      heads.set(column.key, cell);
      return cell;
    }

    const cellClass = (column) =>
      [`col-${column.key}`, column.number && "number", column.less && `less-${column.less}`, column.wide && "wide"]
        .filter(Boolean).join(" ");

    function row(each) {
      const cells = columns.map((column, place) => {
        const content = column.cell ? column.cell(each) : column.value(each);
        if (place || !options.headed) return el("td", { class: cellClass(column) }, content);
        const inside = open
          ? el("button", { type: "button", class: "open", "aria-haspopup": "dialog" }, content)
          : content;
        return el("th", { scope: "row" }, inside);
      });
      const made = el("tr", { class: options.rowClass && options.rowClass(each) }, cells);
      if (open) made.addEventListener("click", (event) => {
        const own = event.target.closest("button, input, select, label");
        if (!own || own.classList.contains("open")) open(each, shown());
      });
      return made;
    }

    const shown = () => sorted();
    const go = (step) => {
      state.at = Math.max(0, Math.min(state.at + step * state.size, state.rows.length - 1));
      draw();
    };
    const previous = el("button", { type: "button", class: "quiet", onclick: () => go(-1) },
      t("previous"));
    const next = el("button", { type: "button", class: "quiet", onclick: () => go(1) }, t("next"));
    const size = el("select", { id: `${id}-size`, onchange: () => {
      Object.assign(state, { size: Number(size.value), at: 0 });
      draw();
    } }, sizes.map((each) => el("option", { value: each, selected: each === state.size },
      format.pieces(each))));

    function draw() {
      const rows = sorted();
      const paper = Calloff.theme.printing();
      const first = paper ? 0 : state.at;
      const some = rows.slice(first, first + (paper ? options.printed ?? Infinity : state.size));
      body.replaceChildren(...some.map(row));
      drawFoot();
      for (const [key, cell] of heads) {
        const mine = key === state.sort;
        if (mine) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      }
      const last = first + some.length;
      count.textContent = rows.length
        ? t("shown", { first: format.pieces(first + 1), last: format.pieces(last),
          count: format.pieces(rows.length) })
        : t("none_found");
      previous.disabled = state.at === 0;
      next.disabled = last >= rows.length;
      pager.hidden = rows.length <= sizes[0] && !options.always;
    }

    const pager = el("div", { class: "pager" }, count, el("span", { class: "paging" },
      el("label", { for: `${id}-size` }, t("rows_shown")), size, previous, next));
    const table = el("table", { class: options.class },
      el("caption", { class: options.titled ? "unseen" : null }, caption),
      el("thead", {}, el("tr", {}, columns.map(head))), body, options.foot && foot);
    // A region that scrolls must be reachable by keyboard, and have a name.
    const scroller = el("div", { class: "scroller", tabindex: "0", role: "region",
      "aria-label": caption }, table);
    const forget = page.onTheme(() => Calloff.theme.printing() !== state.printing
      && ((state.printing = Calloff.theme.printing()), draw()));
    state.printing = false;
    draw();
    return {
      node: el("div", { class: "table" }, scroller, pager),
      show(rows) {
        Object.assign(state, { rows, at: 0 });
        draw();
      },
      rows: shown,
      sums: drawFoot,
      forget,
    };
  };

  // A plain table behind a chart.
  Calloff.plainTable = (caption, head, rows) =>
    el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": caption },
      el("table", { class: "plain" },
        el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, head.map((text, place) =>
          el("th", { scope: "col", class: place ? "number" : null }, text)))),
        el("tbody", {}, rows.map((row) => el("tr", {}, row.map((text, place) =>
          place ? el("td", { class: "number" }, text) : el("th", { scope: "row" }, text)))))));
})();
