/* Four corners on a picture that are dragged, or moved by arrow keys. window.lantaiCorners(frame, start, words, moved)
   lays them over the picture in ``frame`` and returns a function that takes them away. ``start`` are eight parts
   (x y, clockwise from the top left); ``moved`` gets eight such parts when a corner was let go. */
(function () {
  "use strict";
  var STEP = 0.004, NS = "http://www.w3.org/2000/svg";

  function within(part) { return Math.min(1, Math.max(0, part)); }

  /* A sheet has no corner bent inwards: such a place is not taken. */
  function encloses(points) {
    for (var n = 0; n < 4; n += 1) {
      var a = points[(n + 3) % 4], b = points[n], c = points[(n + 1) % 4];
      if ((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) <= 0.002) { return false; }
    }
    return true;
  }

  window.lantaiCorners = function (frame, start, words, moved) {
    var points = [0, 1, 2, 3].map(function (n) { return [within(start[n * 2]), within(start[n * 2 + 1])]; });
    var svg = document.createElementNS(NS, "svg"), shape = document.createElementNS(NS, "polygon"), grips = [];
    svg.setAttribute("viewBox", "0 0 1 1");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    svg.append(shape);
    frame.append(svg);

    function draw() {
      shape.setAttribute("points", points.map(function (point) { return point.join(","); }).join(" "));
      grips.forEach(function (grip, n) {
        grip.style.left = points[n][0] * 100 + "%";
        grip.style.top = points[n][1] * 100 + "%";
      });
    }

    function put(n, x, y) {
      var before = points[n];
      points[n] = [within(x), within(y)];
      if (!encloses(points)) { points[n] = before; }
      draw();
    }

    function done() { moved(points.map(function (point) { return point[0].toFixed(4) + " " + point[1].toFixed(4); }).join(" ")); }

    words.names.forEach(function (name, n) {
      var grip = document.createElement("button");
      grip.type = "button";
      grip.className = "grip";
      grip.setAttribute("aria-label", name + "：" + words.how);
      grip.addEventListener("pointerdown", function (event) { grip.setPointerCapture(event.pointerId); event.preventDefault(); grip.focus(); });
      grip.addEventListener("pointermove", function (event) {
        if (!grip.hasPointerCapture(event.pointerId)) { return; }
        var box = frame.getBoundingClientRect();
        put(n, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      });
      grip.addEventListener("pointerup", function (event) { grip.releasePointerCapture(event.pointerId); done(); });
      grip.addEventListener("keydown", function (event) {
        var way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (!way) { return; }
        event.preventDefault();
        put(n, points[n][0] + way[0] * STEP * (event.shiftKey ? 5 : 1), points[n][1] + way[1] * STEP * (event.shiftKey ? 5 : 1));
      });
      grip.addEventListener("keyup", function (event) { if (/^Arrow/.test(event.key)) { done(); } });
      grips.push(grip);
      frame.append(grip);
    });
    draw();
    return function () { svg.remove(); grips.forEach(function (grip) { grip.remove(); }); };
  };
}());
