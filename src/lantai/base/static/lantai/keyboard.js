/* Keys: / search, j k rows of a table or list marked data-walk, Enter opens (the link has the focus), e edits,
   x ticks the row, ? help; in a form marked data-save Enter goes to the next field and Ctrl+Enter saves. */
(function () {
  "use strict";

  function typing(target) {
    if (target.tagName === "INPUT") { return !/^(checkbox|radio|button|submit)$/.test(target.type); }
    return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
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

  function edit() {
    var row = document.activeElement.closest("tr[data-edit]");
    var link = document.querySelector("a[data-edit]");
    if (row) { location.assign(row.dataset.edit); }
    else if (link) { link.click(); }
  }

  function tick() {
    var row = document.activeElement.closest("tr");
    var box = row && row.querySelector("input[type=checkbox][name=urn]");
    if (box) { box.click(); }
  }

  function inForm(event) {
    var form = event.key === "Enter" && event.target.closest("form[data-save]");
    if (!form || event.isComposing) { return false; }
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-default]"));
      return true;
    }
    if (event.shiftKey || event.altKey || !/^(INPUT|SELECT)$/.test(event.target.tagName)) { return false; }
    var fields = Array.from(form.querySelectorAll("input:not([type=hidden]), select, textarea, [data-default]"))
      .filter(function (field) { return field.offsetParent !== null; });
    var next = fields[fields.indexOf(event.target) + 1];
    event.preventDefault();
    if (next) { next.focus(); if (next.select) { next.select(); } }
    return true;
  }

  function tickable() {
    document.querySelectorAll("[data-tick-all]").forEach(function (all) {
      all.hidden = false;
      all.onchange = function () {
        all.closest("table").querySelectorAll("input[name=urn]").forEach(function (box) { box.checked = all.checked; });
      };
    });
  }

  tickable();
  document.addEventListener("htmx:afterSettle", tickable);

  function help() {
    var dialog = document.getElementById("keys-help");
    if (dialog && !dialog.open) { dialog.showModal(); }
  }

  document.addEventListener("keydown", function (event) {
    if (inForm(event)) { return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    if (typing(event.target)) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    var search = document.querySelector("input[type=search]");
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
    else if (event.key === "j") { walk(1); }
    else if (event.key === "k") { walk(-1); }
    else if (event.key === "e") { edit(); }
    else if (event.key === "x") { tick(); }
    else if (event.key === "?") { help(); }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-keys]")) { event.preventDefault(); help(); }
    document.querySelectorAll("details.who[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
}());
