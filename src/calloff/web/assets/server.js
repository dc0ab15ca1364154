// Talking to the server: every answer is a value, every refusal an Error with words for the user.
"use strict";

// saving: what is on its way to be saved; it never fails.
const Served = { lang: "en", strings: null, about: null, saving: Promise.resolve() };

(() => {
  class Refused extends Error {
    constructor(status, problems) {
      super(problems.map((each) => each.message).join("\n"));
      Object.assign(this, { status, problems, code: problems[0].code });
    }
  }
  Served.Refused = Refused;

  const offline = () => new Refused(0, [{ code: "offline",
    message: Served.t ? Served.t("offline") : "calloff serve?" }]);

  const address = (path) => `${path}${path.includes("?") ? "&" : "?"}lang=${Served.lang}`;

  function problems(text) {
    try {
      return JSON.parse(text).problems || offline().problems;
    } catch {
      return offline().problems;
    }
  }

  // method, path, JSON body -> the JSON answer (null where there is none).
  Served.ask = async (method, path, body) => {
    const options = { method, headers: {} };
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers["Content-Type"] = "application/json";
    }
    let answer;
    try {
      answer = await fetch(address(path), options);
    } catch {
      throw offline();
    }
    const text = await answer.text().catch(() => {
      throw offline(); // it went away in the middle
    });
    if (!answer.ok) throw new Refused(answer.status, problems(text));
    return text ? JSON.parse(text) : null;
  };

  // Answers may come in another order than they were asked for, or when no one waits for them any
  // more. ask() stands for a question of one kind, and gives what tells whether its answer counts:
  // that to the last question, until the end.
  Served.questions = () => {
    let last = 0;
    let over = false;
    return {
      ask() {
        const own = ++last;
        return () => !over && own === last;
      },
      end() { over = true; },
    };
  };

  // Does what is saved after all that was to be saved before; gives when it is done.
  Served.inTurn = (work) => {
    Served.saving = Served.saving.then(work);
    return Served.saving;
  };

  // What is to be done when the server answers again; until then, that it does not is said.
  const waiting = new Set();
  Served.whenBack = (again) => {
    waiting.add(again);
    if (waiting.size > 1) return;
    const banner = document.getElementById("offline");
    banner.textContent = Served.t ? Served.t("waiting") : "calloff serve?";
    banner.hidden = false;
    const look = async () => {
      const found = await fetch(address("/api/strings")).catch(() => null);
      if (!found || !found.ok) return void setTimeout(look, 1000);
      banner.hidden = true;
      const all = [...waiting];
      waiting.clear();
      for (const each of all) each();
    };
    setTimeout(look, 500);
  };

  // A form with files; tell hears the share that was sent.
  Served.send = (path, form, tell) => new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) tell(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status < 300) done(JSON.parse(request.responseText));
      else failed(new Refused(request.status, problems(request.responseText)));
    });
    request.addEventListener("error", () => failed(offline()));
    request.send(form);
  });

  // A file that the server makes, saved under the name that it gives.
  Served.save = async (path) => {
    let answer;
    try {
      answer = await fetch(address(path));
    } catch {
      throw offline();
    }
    if (!answer.ok) throw new Refused(answer.status, problems(await answer.text()));
    const given = answer.headers.get("content-disposition") || "";
    const coded = /filename\*=utf-8''([^;]+)/i.exec(given);
    const plain = /filename="([^"]+)"/i.exec(given);
    const link = Calloff.el("a", { href: URL.createObjectURL(await answer.blob()),
      download: coded ? decodeURIComponent(coded[1]) : plain ? plain[1] : "calloff" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const kept = (name) => {
    try {
      return localStorage.getItem(`calloff-${name}`);
    } catch {
      return null;
    }
  };
  Served.recall = kept;
  Served.remember = (name, value) => {
    try {
      localStorage.setItem(`calloff-${name}`, value);
    } catch {
      // it holds until the page is closed
    }
  };

  Served.forget = (name) => {
    try {
      localStorage.removeItem(`calloff-${name}`);
    } catch {
      // it was never kept
    }
  };

  // The page's words; weekly: of a run whose customer plans by weeks.
  Served.words = (weekly) => Calloff.words(Served.strings.page, weekly);

  // What says days and leads of a run in the words of the view; known: its summary or its facts.
  Served.view = (known, format = Served.format) => ({
    t: Calloff.words(Served.strings.view, known.weekly), format, summary: known });

  Served.speak = async (lang) => {
    Served.lang = lang;
    Served.strings = await Served.ask("GET", "/api/strings");
    Served.t = Served.words(false);
    Served.format = Calloff.formats(lang);
    document.documentElement.lang = lang;
    document.title = Served.t("title");
  };

  // A moment as the language writes it, in the reader's time.
  Served.moment = (stamp) => new Intl.DateTimeFormat(Served.lang, { month: "short", day: "numeric",
    hour: "2-digit", minute: "2-digit",
    ...(new Date(stamp).getFullYear() !== new Date().getFullYear() && { year: "numeric" }),
  }).format(new Date(stamp));

  Served.showProblems = (problems) => Calloff.el("div", { class: "problems", role: "alert" },
    Calloff.el("ul", {}, problems.slice(0, 20).map((each) => Calloff.el("li", {}, each.message))));
})();
