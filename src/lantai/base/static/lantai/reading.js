/* Record page: ← → turn the leaves of the document in view. Fonds page: the opened place is in view in the tree. */
(function () {
  "use strict";

  function showPlace() {
    var tree = document.querySelector(".tree");
    var here = tree && tree.querySelector("[aria-current=true]");
    if (here) { tree.scrollTop += here.getBoundingClientRect().top - tree.getBoundingClientRect().top - tree.clientHeight / 3; }
  }

  showPlace();
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id === "shelf") { showPlace(); }
  });

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) { return; }
    if (event.target.closest("input, textarea, select, audio, video, [contenteditable]")) { return; }
    var turn = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    var link = turn && document.querySelector("#viewer a[rel=" + turn + "]");
    if (link) { event.preventDefault(); link.click(); }
  });
}());
