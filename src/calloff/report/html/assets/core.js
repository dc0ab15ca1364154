// The ground that the other files stand on: nodes, words and numbers. One global: Calloff.
"use strict";

const Calloff = {};

(() => {
  // Characters that would turn the reading direction or show nothing.
  const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
  const SVG = "http://www.w3.org/2000/svg";

  const plain = (text) => String(text).replace(HIDDEN, "\ufffd");

  // A node. Texts become text nodes, never markup; attributes named on* are listeners.
  function node(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (typeof value === "function") made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : plain(value));
    }
    for (const child of children.flat(2)) {
      if (child === undefined || child === null || child === false) continue;
      made.append(child instanceof Node ? child : plain(child));
    }
    return made;
  }

  Calloff.el = (tag, attributes, ...children) =>
    node(document.createElement(tag), attributes, children);

  Calloff.svg = (tag, attributes, ...children) =>
    node(document.createElementNS(SVG, tag), attributes, children);

  // The words of one language: t("key", {facts}); a key that is not there shows as itself. weekly:
  // of a customer that plans by weeks, for whom some have words of their own.
  Calloff.words = (strings, weekly = false) => (key, facts) =>
    ((weekly && strings[`${key}_weeks`]) || (strings[key] ?? key)).replace(/\{(\w+)\}/g, (hole, name) =>
      facts && name in facts ? plain(facts[name]) : hole);

  // Numbers and days as the language writes them; an en dash for what is not known. years: whether
  // days of more than one year are shown, so that each has to tell its own.
  Calloff.formats = (lang, years = false) => {
    const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);
    const number = (options) => {
      const made = new Intl.NumberFormat(lang, options);
      return (value) => (known(value) ? made.format(value).replace("-", "\u2212") : "–");
    };
    const day = (options) => {
      const made = new Intl.DateTimeFormat(lang, { timeZone: "UTC", ...options });
      return (iso) => (iso ? made.format(new Date(`${iso}T00:00:00Z`)) : "–");
    };
    return {
      pieces: number({ maximumFractionDigits: 0 }),
      signed: number({ maximumFractionDigits: 0, signDisplay: "exceptZero" }),
      error: number({ minimumFractionDigits: 1, maximumFractionDigits: 1 }),
      bias: number({
        minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero",
      }),
      shift: number({
        minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero",
      }),
      ratio: number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }),
      share: number({ style: "percent", maximumFractionDigits: 0 }),
      change: number({ style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" }),
      percent: number({ style: "percent", maximumFractionDigits: 2 }),
      tenth: number({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
      whole: day({ weekday: "long", year: "numeric", month: "long", day: "numeric" }),
      middle: day({ weekday: "short", month: "short", day: "numeric",
        ...(years && { year: "numeric" }) }),
      short: day({ month: "numeric", day: "numeric", ...(years && { year: "2-digit" }) }),
      numeric: day({ year: "numeric", month: "2-digit", day: "2-digit" }),
      weekday: day({ weekday: "short" }),
      month: day({ month: "short" }),
      year: day({ year: "numeric", month: "short" }),
      bytes: (value) => `${number({ maximumFractionDigits: 0 })(Math.ceil(value / 1024))} KiB`,
      names: new Intl.Collator(lang, { numeric: true }).compare,
    };
  };

  Calloff.severalYears = (days) => new Set(days.filter(Boolean).map((day) => day.slice(0, 4))).size > 1;

  Calloff.days = {
    // Every day from the first of these (ISO, rising) to the last; every week where all are whole
    // weeks apart: a chart's axis shows time as it passes, gaps too.
    every(days) {
      if (days.length < 2) return [...days];
      const whole = days.every((day) => Calloff.days.between(days[0], day) % 7 === 0);
      const count = Calloff.days.between(days[0], days[days.length - 1]);
      const step = whole ? 7 : 1;
      return Array.from({ length: count / step + 1 }, (_, at) => Calloff.days.plus(days[0], at * step));
    },
    // Values of some days on an axis of more.
    along: (axis, days, values) => {
      const known = new Map(days.map((day, at) => [day, values[at]]));
      return axis.map((day) => known.get(day) ?? null);
    },
    plus(iso, count) {
      const day = new Date(`${iso}T00:00:00Z`);
      day.setUTCDate(day.getUTCDate() + count);
      return day.toISOString().slice(0, 10);
    },
    between: (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86400000),
    weekday: (iso) => (new Date(`${iso}T00:00:00Z`).getUTCDay() + 6) % 7, // Monday is 0
  };

  // A target day; the week that begins with it (ISO 8601) where the customer plans by weeks.
  Calloff.target = ({ t, format, summary }, iso, form) => {
    if (!summary.weekly) {
      return format[form](iso);
    }
    const [year, week] = yearAndWeek(iso);
    return t("week", { year, week, day: format[form](iso) });
  };

  // The same in short: a week without its Monday.
  Calloff.period = ({ t, format, summary }, iso) => {
    if (!summary.weekly || Calloff.days.weekday(iso) !== 0) return format.middle(iso);
    const [year, week] = yearAndWeek(iso);
    return t("week_short", { year, week });
  };

  // The week of a day without its days.
  Calloff.weekName = ({ t }, iso) => t("week_sum", { week: yearAndWeek(iso)[1] });

  // By ISO 8601: the year is that of the week's Thursday.
  function yearAndWeek(iso) {
    const thursday = Calloff.days.plus(iso, 3 - Calloff.days.weekday(iso));
    const year = thursday.slice(0, 4);
    const week = 1 + Math.floor(Calloff.days.between(`${year}-01-01`, thursday) / 7);
    return [year, String(week).padStart(2, "0")];
  }

  // A lead in weeks where the customer plans by weeks and it is whole weeks: [number, unit].
  Calloff.periods = ({ weekly }, days) => (weekly && days % 7 === 0 ? [days / 7, "week"]
    : [days, "day"]);

  // Its name in tables and charts.
  Calloff.lead = ({ summary }, days) => {
    const [count, unit] = Calloff.periods(summary, days);
    return `${unit === "week" ? "W" : "D"}${count ? `+${count}` : ""}`;
  };

  // And in sentences: "3 days", "4 weeks".
  Calloff.sayLead = ({ t, summary }, days) => {
    const [count, unit] = Calloff.periods(summary, days);
    return t(`lead_${unit}${count === 1 ? "" : "s"}`, { count });
  };
})();
