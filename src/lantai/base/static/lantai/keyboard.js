/* Keys: / search, j k rows of a table or list marked data-walk, Enter opens (the link has the focus), ? help. */
(function () {
  "use strict";

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function walk(step) {
    var links = Array.from(document.querySelectorAll("[data-walk] tbody tr, li[data-walk]"), function (row) {
      return row.querySelector("a[href]");
    }).filter(Boolean);
    if (!links.length) { return; }
    var row = document.activeElement.closest("tr, li[data-walk]");
    var at = links.findIndex(function (link) { return row !== null && row.contains(link); });
    var next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
    links[next].focus({ focusVisible: true });
    links[next].scrollIntoView({ block: "nearest" });
  }

  function help() {
    var dialog = document.getElementById("keys-help");
    if (dialog && !dialog.open) { dialog.showModal(); }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    if (typing(event.target)) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    var search = document.querySelector("input[type=search]");
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
    else if (event.key === "j") { walk(1); }
    else if (event.key === "k") { walk(-1); }
    else if (event.key === "?") { help(); }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-keys]")) { event.preventDefault(); help(); }
    document.querySelectorAll("details.who[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
}());
