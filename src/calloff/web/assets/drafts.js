// What was typed and is not saved yet, kept in the browser until it is: whoever leaves or reloads
// the page, or whose server goes away, finds it again.
"use strict";

(() => {
  const MONTH = 30 * 24 * 3600 * 1000;
  const name = (run) => `draft-${run}`;

  function read(run) {
    try {
      const kept = JSON.parse(Served.recall(name(run)) || "{}");
      return new Map(Object.entries(kept));
    } catch {
      return new Map();
    }
  }

  // Old ones of runs that nobody opens any more.
  function sweep() {
    try {
      for (const key of Object.keys(localStorage).filter((each) =>
        each.startsWith("calloff-draft-"))) {
        const ages = Object.values(JSON.parse(localStorage.getItem(key))).map((each) => each.at);
        if (Date.now() - Math.max(0, ...ages) > MONTH) localStorage.removeItem(key);
      }
    } catch {
      // no storage, or something else in it
    }
  }

  // The drafts of a run: place -> {text, reason, replaces, at}.
  Served.drafts = (run) => {
    sweep();
    const kept = read(run);
    const write = () => {
      if (kept.size) Served.remember(name(run), JSON.stringify(Object.fromEntries(kept)));
      else Served.forget(name(run));
    };
    return {
      places: () => [...kept.keys()],
      get: (at) => kept.get(at),
      set(at, draft) {
        kept.set(at, { ...draft, at: Date.now() });
        write();
      },
      drop(at) {
        kept.delete(at);
        write();
      },
    };
  };
})();
