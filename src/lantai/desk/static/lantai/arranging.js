/* Arranging: tick all, x ticks the row; in a class Alt+↑ and Alt+↓ move the row that has the focus, rows are dragged.
   Everything here can be done without scripts: by boxes and buttons. */
(function () {
  "use strict";

  document.querySelectorAll("[data-all]").forEach(function (all) {
    all.hidden = false;
    all.addEventListener("change", function () {
      all.closest("table").querySelectorAll("tbody input[type=checkbox]").forEach(function (box) { box.checked = all.checked; });
    });
  });

  /* How many are ticked stands beside what can be done with them; Shift ticks all from the last ticked to this one. */
  document.querySelectorAll("[data-count]").forEach(function (count) {
    var form = count.closest("form"), last = null;
    function boxes() { return Array.from(form.querySelectorAll("tbody input[type=checkbox][name]")); }
    function tell() {
      count.hidden = false;
      count.textContent = count.dataset.words.replace("{n}", boxes().filter(function (box) { return box.checked; }).length);
    }
    form.addEventListener("click", function (event) {
      var all = boxes(), at = all.indexOf(event.target), from = all.indexOf(last);
      if (at < 0) { return; }
      if (event.shiftKey && from >= 0) {
        all.slice(Math.min(at, from), Math.max(at, from) + 1).forEach(function (box) { box.checked = event.target.checked; });
      }
      last = event.target;
    });
    form.addEventListener("click", tell);
    form.addEventListener("change", tell);
    form.addEventListener("keyup", tell);
    tell();
  });

  document.addEventListener("keydown", function (event) {
    var row = event.target.closest ? event.target.closest("tr") : null;
    if (!row || event.ctrlKey || event.metaKey) { return; }
    if (event.key === "x" && !event.altKey && event.target.tagName !== "INPUT") {
      var box = row.querySelector("input[type=checkbox][name]");
      if (box) { box.checked = !box.checked; }
    }
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      var button = row.querySelector(event.key === "ArrowUp" ? "[data-up]" : "[data-down]");
      if (button && !button.disabled) { event.preventDefault(); button.click(); }
    }
  });

  var tables = document.querySelectorAll("[data-order]");
  if (!tables.length) { return; }

  var dragged = null;

  function clear() {
    document.querySelectorAll("[data-order] .before, [data-order] .behind, [data-order] .dragged").forEach(function (row) { row.classList.remove("before", "behind", "dragged"); });
  }

  function goesBefore(row, event) {
    var box = row.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  }

  /* What a drop before the place `at` of a table asks for; "" where nothing would change or nothing can be put. */
  function asked(table, at) {
    var own = dragged.closest("[data-order]") === table;
    var from = Number(dragged.dataset.place);
    var to = own && from < at ? at - 1 : at;
    if (own && to === from) { return ""; }
    if (table.dataset.order !== "volumes") { return "move " + dragged.dataset.item + ":" + to; }
    return table.dataset.volume ? "place " + dragged.dataset.item + ":" + table.dataset.volume + ":" + to : "";
  }

  tables.forEach(function (table) {
    table.querySelectorAll("tbody tr").forEach(function (row) {
      row.draggable = true;
      row.addEventListener("dragstart", function (event) {
        dragged = row;
        row.classList.add("dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", row.dataset.item);
      });
      row.addEventListener("dragover", function (event) {
        if (!dragged || dragged === row || (table.dataset.order === "volumes" && !table.dataset.volume)) { return; }
        event.preventDefault();
        row.classList.toggle("before", goesBefore(row, event));
        row.classList.toggle("behind", !goesBefore(row, event));
      });
      row.addEventListener("dragleave", function () { row.classList.remove("before", "behind"); });
      row.addEventListener("dragend", function () { clear(); dragged = null; });
      row.addEventListener("drop", function (event) {
        if (!dragged || dragged === row) { return; }
        event.preventDefault();
        var value = asked(table, Number(row.dataset.place) + (goesBefore(row, event) ? 0 : 1));
        if (!value) { clear(); return; }
        var form = document.getElementById(table.dataset.order || "order");
        var field = form.querySelector("[data-do]");
        field.disabled = false;
        field.value = value;
        form.submit();
      });
    });
  });
}());
