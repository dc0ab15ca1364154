// The bar above, the way from page to page, and files dropped anywhere.
"use strict";

(() => {
  const { el } = Calloff;
  const place = document.getElementById("place");
  const bar = document.getElementById("bar");
  const veil = document.getElementById("veil");
  let leave = () => {};

  function drawBar() {
    const { t } = Served;
    const other = Served.lang === "ko" ? "en" : "ko";
    bar.setAttribute("aria-label", t("title"));
    bar.replaceChildren(...[
      el("a", { class: "skip", href: "#main", onclick: skip }, t("skip")),
      el("a", { class: "brand", href: "#/" }, "calloff"),
      el("a", { href: "#/", class: "bar-link" }, t("new")),
      el("span", { class: "bar-space" }), ...who(),
      el("button", { type: "button", class: "quiet", lang: other, id: "language",
        onclick: () => speak(other) }, t("language")),
      Calloff.themeSwitch(Calloff.words(Served.strings.view))]);
  }

  // Who has logged in, and the way out; on this computer nobody does.
  function who() {
    const { t, about } = Served;
    if (!about || about.local) return [];
    const team = about.team ? ` (${about.team})` : "";
    return [el("span", { class: "note" }, `${about.user || "–"}${team}`),
      el("button", { type: "button", class: "quiet", onclick: async () => {
        await Served.saving;
        await Served.ask("DELETE", "/api/session").catch(() => null);
        location.reload();
      } }, t("log_out"))];
  }

  function skip(event) {
    event.preventDefault();
    const main = document.getElementById("main");
    main.tabIndex = -1;
    main.focus();
  }

  async function speak(lang) {
    Served.remember("lang", lang);
    await Served.speak(lang);
    drawBar();
    veil.textContent = Served.t("drop");
    go();
    document.getElementById("language").focus();
  }

  // What cannot be done is said in place of the page.
  Served.sorry = (error) => {
    const { t } = Served;
    if (["web.token", "web.guesses"].includes(error.code)) return askToken();
    if (error.code === "offline") {
      Served.whenBack(Served.about ? go : begin);
      return null;
    }
    const problems = error.problems || [{ message: String(error) }];
    place.replaceChildren(el("main", { id: "main", class: "calloff home" },
      el("h1", { class: "unseen" }, t("title")), Served.showProblems(problems),
      el("p", {}, el("a", { href: "#/", class: "quiet button", onclick: () => go() }, t("new")))));
    return null;
  };

  function askToken() {
    const { t } = Served;
    const name = el("input", { type: "text", id: "name", autocomplete: "username",
      value: Served.recall("name") || "" });
    const key = el("input", { type: "password", id: "token", autocomplete: "current-password",
      required: true });
    const told = el("div", {});
    const enter = async (event) => {
      event.preventDefault();
      try {
        await Served.ask("POST", "/api/session", { name: name.value, token: key.value });
        Served.remember("name", name.value);
        begin();
      } catch (error) {
        told.replaceChildren(Served.showProblems(error.problems));
      }
    };
    place.replaceChildren(el("main", { id: "main", class: "calloff home" },
      el("form", { class: "token", onsubmit: enter },
        el("h1", {}, t("log_in")), el("p", { class: "note" }, t("token_more")),
        el("label", { for: "name" }, t("name")), name,
        el("label", { for: "token" }, t("token")), key, told,
        el("button", { type: "submit", class: "main-button" }, t("enter")))));
    (name.value ? key : name).focus();
    return null;
  }

  function go() {
    leave();
    Served.take = null;
    const run = /^#\/run\/([0-9a-f]{20})$/.exec(location.hash);
    leave = run ? Served.run(place, run[1]) : Served.home(place);
    window.scrollTo(0, 0);
  }

  // Files that begin a new run, wherever they were dropped.
  Served.takeAnew = (dropped) => {
    history.replaceState(null, "", "#/");
    go();
    Served.take(dropped);
  };

  const files = (event) => [...(event.dataTransfer ? event.dataTransfer.types : [])]
    .includes("Files");

  function listen() {
    let depth = 0;
    const show = (by) => {
      depth = Math.max(0, depth + by);
      veil.hidden = depth === 0;
    };
    addEventListener("dragenter", (event) => files(event) && show(1));
    addEventListener("dragleave", (event) => files(event) && show(-1));
    addEventListener("dragover", (event) => files(event) && event.preventDefault());
    addEventListener("drop", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      show(-depth);
      const dropped = [...event.dataTransfer.files];
      if (Served.take) Served.take(dropped);
      else Served.takeAnew(dropped);
    });
    addEventListener("hashchange", go);
  }

  async function begin() {
    try {
      Served.about = await Served.ask("GET", "/api/about");
      drawBar();
      go();
    } catch (error) {
      Served.sorry(error);
    }
  }

  async function start() {
    const known = Served.recall("lang") || new URLSearchParams(location.search).get("lang");
    const first = (navigator.languages || [navigator.language])
      .map((name) => name.slice(0, 2)).find((name) => ["en", "ko"].includes(name));
    await Served.speak(["en", "ko"].includes(known) ? known : first || "en");
    drawBar();
    veil.textContent = Served.t("drop");
    listen();
    await begin();
  }

  start();
})();
