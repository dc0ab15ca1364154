// Light and dark: as the system has it, or as the switch says.
"use strict";

(() => {
  const KEY = "calloff-theme";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = new Set();
  let printing = false;

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a page from a disk may have no storage
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // it holds until the page is closed
    }
  }

  const chosen = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const current = () => (printing ? "light" : chosen());

  function tell() {
    for (const listener of listeners) listener();
  }

  function set(theme) {
    root.dataset.theme = theme;
    keep(theme);
    tell();
  }

  function print(on) {
    printing = on;
    root.classList.toggle("printing", on);
    tell();
  }

  const asked = stored();
  if (asked === "light" || asked === "dark") root.dataset.theme = asked;
  dark.addEventListener("change", tell);
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));

  Calloff.theme = {
    current,
    set,
    printing: () => printing,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // A colour of the style sheet, for what is drawn on a canvas.
    colour: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
    still: () => window.matchMedia("(prefers-reduced-motion: reduce)").matches,
  };

  Calloff.themeSwitch = (t) => {
    const button = Calloff.el("button", { type: "button", class: "quiet theme-switch" });
    const label = () => {
      button.textContent = t(current() === "dark" ? "theme_light" : "theme_dark");
    };
    button.addEventListener("click", () => set(current() === "dark" ? "light" : "dark"));
    listeners.add(label);
    label();
    return button;
  };
})();
