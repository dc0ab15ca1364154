// Starts the report: the summary is at hand as text; the parts are read when one is opened.
"use strict";

(() => {
  const text = (id) => document.getElementById(id).textContent;
  const summary = JSON.parse(text("summary"));
  let parts = null;
  Object.defineProperty(summary, "parts", {
    get() {
      parts ??= JSON.parse(text("parts"));
      return parts;
    },
  });
  Calloff.mount(document.getElementById("report"), summary, JSON.parse(text("strings")));
})();
