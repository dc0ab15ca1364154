// Own numbers out of a spreadsheet: cells that are pasted, or an edited workbook.
"use strict";

(() => {
  const cells = (line) => line.split("\t").map((cell) => cell.trim());

  // Which numbers a pasted text has: one column goes down the list from the part it was pasted at;
  // of several, the first has parts, and the last that holds anything the number. parts: as listed;
  // parse(text): a number, null for nothing, undefined for neither. Gives {found: [[part, text]],
  // wrong: lines that say nothing}; a first line of heads is passed over.
  Served.pasted = (text, parts, from, parse) => {
    const lines = text.replace(/[\r\n]+$/, "").split(/\r\n|\r|\n/).map(cells);
    const several = lines.some((line) => line.length > 1);
    const known = new Set(parts);
    const found = [];
    const wrong = [];
    let at = parts.indexOf(from);
    lines.forEach((line, number) => {
      const [first] = line;
      const value = several ? line.slice(1).findLast((cell) => cell) ?? "" : first;
      const pieces = parse(value);
      const part = several ? (known.has(first) ? first : null) : parts[at];
      const head = number === 0 && lines.length > 1
        && (several ? part === null : pieces === undefined);
      if (head || (several && !first && !value)) return;
      if (!part || pieces === undefined) wrong.push(line.join(" "));
      else if (pieces !== null) found.push([part, value]);
      if (!several) at += 1;
    });
    return { found, wrong };
  };

  // A workbook that was dropped on a run. Gives whether it was one with own numbers; a file that is
  // none of ours is left to others.
  Served.sendBook = async (run, file, own) => {
    const t = Served.words(run.facts.weekly);
    const form = new FormData();
    form.append("file", file);
    own.say(t("book_reading", { name: file.name }));
    try {
      const answer = await Served.send(`/api/runs/${run.id}/overrides/workbook`, form, () => {});
      own.take(answer);
      own.say(t(answer.others ? "book_others" : "book_read", { count: answer.read,
        changed: answer.changed, others: answer.others }));
      return true;
    } catch (error) {
      if (error.problems && error.problems.some((each) => each.code === "overrides.no_mark")) {
        own.say("");
        return false;
      }
      own.say(t("not_saved", { reason: error.problems
        ? error.problems.slice(0, 5).map((each) => each.message).join(" · ") : error.message }));
      return true;
    }
  };
})();
