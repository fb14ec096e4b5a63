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

  var table = document.querySelector("[data-order]");
  if (!table) { return; }

  var dragged = null;

  function clear() {
    table.querySelectorAll(".before, .behind, .dragged").forEach(function (row) { row.classList.remove("before", "behind", "dragged"); });
  }

  function goesBefore(row, event) {
    var box = row.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  }

  table.querySelectorAll("tbody tr").forEach(function (row) {
    row.draggable = true;
    row.addEventListener("dragstart", function (event) {
      dragged = row;
      row.classList.add("dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.item);
    });
    row.addEventListener("dragover", function (event) {
      if (!dragged || dragged === row) { return; }
      event.preventDefault();
      row.classList.toggle("before", goesBefore(row, event));
      row.classList.toggle("behind", !goesBefore(row, event));
    });
    row.addEventListener("dragleave", function () { row.classList.remove("before", "behind"); });
    row.addEventListener("dragend", function () { clear(); dragged = null; });
    row.addEventListener("drop", function (event) {
      if (!dragged || dragged === row) { return; }
      event.preventDefault();
      var from = Number(dragged.dataset.place);
      var at = Number(row.dataset.place) + (goesBefore(row, event) ? 0 : 1);
      var to = from < at ? at - 1 : at;
      if (to === from) { clear(); return; }
      var form = document.getElementById("order");
      var field = form.querySelector("[data-do]");
      field.disabled = false;
      field.value = "move " + dragged.dataset.item + ":" + to;
      form.submit();
    });
  });
}());
