/* Record page: ← → turn the leaves of the document in view. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) { return; }
    if (event.target.closest("input, textarea, select, audio, video, [contenteditable]")) { return; }
    var turn = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    var link = turn && document.querySelector("#viewer a[rel=" + turn + "]");
    if (link) { event.preventDefault(); link.click(); }
  });
}());
