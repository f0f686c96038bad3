"use strict";
// Language, search fields, and the place a link points at. Nothing here is needed to read a page.
(function () {
  const root = document.documentElement;

  function stored() {
    try { return localStorage.getItem("gongkai-language"); } catch { return null; }
  }

  function speak(language) {
    root.lang = language;
    root.classList.toggle("chinese", language === "zh");
    try { localStorage.setItem("gongkai-language", language); } catch { /* a page opened from disk may have no store */ }
    const button = document.getElementById("language");
    if (button) {
      button.textContent = language === "zh" ? "English" : "中文";
      button.lang = language === "zh" ? "en" : "zh";
    }
  }

  function filter(control) {
    const body = document.getElementById(control.dataset.filter);
    const controls = document.querySelectorAll(`[data-filter="${control.dataset.filter}"]`);
    let words = [], kind = "";
    for (const one of controls) {
      if (one.tagName === "SELECT") kind = one.value;
      else words = one.value.toLowerCase().split(/\s+/).filter(Boolean);
    }
    let shown = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = (kind && row.dataset.kind !== kind) || !words.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    const count = document.getElementById(`${control.dataset.filter}-count`);
    if (count) count.textContent = `${shown} / ${body.rows.length}`;
  }

  // A place inside a closed part of the page opens it; the cell takes the focus, so that a screen reader reads it.
  function arrive() {
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place || !place.classList.contains("place")) return;
    for (let part = place.parentElement; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    place.scrollIntoView({ block: "center", inline: "center" });
    if (place.tagName === "TD") place.focus({ preventScroll: true });
  }

  speak(new URLSearchParams(location.search).get("lang") || stored() || "en");
  document.addEventListener("DOMContentLoaded", function () {
    speak(root.lang);
    document.getElementById("language").addEventListener("click", () => speak(root.lang === "zh" ? "en" : "zh"));
    if (/^http/.test(location.protocol) && /^(127\.0\.0\.1|localhost)$/.test(location.hostname)) document.getElementById("query").hidden = false;
    for (const control of document.querySelectorAll("[data-filter]")) {
      control.addEventListener("input", () => filter(control));
      filter(control);
    }
    arrive();
  });
  addEventListener("hashchange", arrive);
})();
