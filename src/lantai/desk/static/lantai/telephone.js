/* Photographing a document: each photograph goes piece by piece as soon as it was taken, one after the other, and
   comes back as a card with the straightened page; cards are moved, turned, taken anew, their corners dragged; then the
   document is filed, which may be asked again until there is an answer. Everything also works without this script. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-telephone]");
  if (!form || !window.FormData || !window.Promise || !window.fetch) { return; }
  var words = form.querySelector("[data-words]").dataset, list = form.querySelector("[data-shots]");
  var camera = form.querySelector("#photos"), fromAlbum = form.querySelector("[data-album]"), said = form.querySelector("[data-said]");
  var paper = form.querySelector("[name=paper]"), plain = form.querySelector("[name=plain]");
  var shutter = form.querySelector(".shutter .btn.seal span");
  var PIECE = 1024 * 1024, WAITS = [1, 2, 5, 10, 20, 30, 60], line = Promise.resolve(), open = 0;
  form.classList.add("scripted");
  fromAlbum.hidden = false;

  function ask(method, address, body, headers) {
    var token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    var all = Object.assign({ "X-CSRFToken": token, "Accept": "application/json" }, headers || {});
    return fetch(address, { method: method, body: body, headers: all, credentials: "same-origin" }).then(function (answer) {
      return answer.text().then(function (text) { return { status: answer.status, text: text, moved: answer.redirected }; });
    }, function () { return { status: 0, text: "", moved: false }; });
  }

  function told(answer) { try { return JSON.parse(answer.text); } catch (wrong) { return null; } }

  /* Asks until there is an answer that waiting does not change. */
  function steady(what, tries) {
    return what().then(function (answer) {
      if (!(answer.status === 0 || answer.status === 429 || answer.status >= 500) || tries >= WAITS.length) { return answer; }
      said.textContent = words.waiting;
      return new Promise(function (done) { window.setTimeout(done, WAITS[tries] * 1000); }).then(function () { return steady(what, tries + 1); });
    });
  }

  function begin(file) {
    var data = new FormData();
    data.append("name", file.name || "photo.jpg");
    data.append("size", file.size);
    data.append("group", form.querySelector("[name=album]").value);
    return steady(function () { return ask("POST", form.dataset.resumable, data); }, 0).then(function (answer) {
      if (answer.status !== 201) { throw new Error(words.broken); }
      return told(answer).id;
    });
  }

  function pieces(file, id, offset, bar) {
    bar.value = offset / file.size;
    if (offset >= file.size) { return Promise.resolve(id); }
    var address = form.dataset.resumable + id + "/";
    var headers = { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" };
    return steady(function () { return ask("POST", address, file.slice(offset, offset + PIECE), headers); }, 0).then(function (answer) {
      if (answer.status === 200) { return pieces(file, id, told(answer).offset, bar); }
      if (answer.status !== 409) { throw new Error(words.broken); }
      return steady(function () { return ask("GET", address); }, 0).then(function (now) {
        if (now.status !== 200 || told(now).offset === offset) { throw new Error(words.broken); }
        return pieces(file, id, told(now).offset, bar);
      });
    });
  }

  function waiting(file) {
    var card = document.createElement("li"), head = document.createElement("p"), tag = document.createElement("span");
    var frame = document.createElement("div"), bar = document.createElement("progress");
    card.className = "shot";
    head.className = "shot-head";
    tag.className = "tag wait";
    tag.textContent = words.sending;
    frame.className = "frame shot-pair";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", words.sending);
    head.append(tag);
    card.append(head, frame, bar);
    if (window.createImageBitmap) {
      createImageBitmap(file, { resizeWidth: 320, resizeQuality: "medium" }).then(function (small) {
        var canvas = document.createElement("canvas");
        canvas.width = small.width;
        canvas.height = small.height;
        canvas.getContext("2d").drawImage(small, 0, 0);
        frame.append(canvas);
      }, function () { return null; });
    }
    return { card: card, tag: tag, bar: bar };
  }

  /* Sends one photograph; its card stands where ``place`` stood, or at the end. */
  function send(file, place) {
    var shown = waiting(file);
    if (place) { place.replaceWith(shown.card); } else { list.append(shown.card); }
    open += 1;
    line = line.then(function () {
      return begin(file).then(function (id) { return pieces(file, id, 0, shown.bar); }).then(function (id) {
        shown.tag.textContent = words.looking;
        return steady(function () { return ask("GET", form.dataset.card.replace("ID", id), null, { "Accept": "text/html" }); }, 0);
      }).then(function (answer) {
        if (answer.status !== 200) { throw new Error(words.broken); }
        var made = document.createElement("template");
        made.innerHTML = answer.text.trim();
        var card = made.content.firstElementChild;
        shown.card.replaceWith(card);
        ready(card);
        said.textContent = "";
      }).catch(function (problem) {
        shown.tag.className = "tag no";
        shown.tag.textContent = problem.message || words.broken;
        shown.bar.remove();
        shown.card.dataset.lost = "1";
        var away = document.createElement("button");
        away.type = "button";
        away.className = "btn small";
        away.textContent = "×";
        away.setAttribute("aria-label", words.broken);
        away.addEventListener("click", function () { shown.card.remove(); });
        shown.card.append(away);
      }).then(function () { open -= 1; });
    });
    shutter.textContent = words.again;
    return line;
  }

  function value(card, name, text) {
    var input = card.querySelector("[name=" + name + "]");
    if (text !== undefined) { input.value = text; }
    return input.value;
  }

  function redraw(card) {
    var picture = card.querySelector("[data-flat]");
    picture.parentElement.classList.add("drawing");
    picture.onload = picture.onerror = function () { picture.parentElement.classList.remove("drawing"); };
    picture.src = picture.dataset.flat + "?" + new URLSearchParams({ corners: value(card, "corners"), turn: value(card, "turn"), paper: paper.value, plain: plain.checked ? "1" : "" });
  }

  function starts(card) {
    var given = value(card, "corners"), found = given && given !== "whole" ? given : card.dataset.found;
    var parts = found.split(" ").map(Number);
    var narrow = [0.06, 0.06, 0.94, 0.06, 0.94, 0.94, 0.06, 0.94];
    return parts.length === 8 && found !== "0.0000 0.0000 1.0000 0.0000 1.0000 1.0000 0.0000 1.0000" ? parts : narrow;
  }

  function adjust(card, button) {
    if (card.away) { card.away(); card.away = null; card.classList.remove("adjusting"); button.setAttribute("aria-pressed", "false"); return; }
    card.classList.add("adjusting");
    button.setAttribute("aria-pressed", "true");
    card.away = window.lantaiCorners(card.querySelector("[data-frame]"), starts(card), { names: words.corners.split("|"), how: words.drag }, function (text) {
      var tag = card.querySelector("[data-way]");
      value(card, "corners", text);
      tag.className = "tag ok";
      tag.textContent = words.given;
      redraw(card);
    });
  }

  function retake(label, card) {
    var input = document.createElement("input");
    input.type = "file";
    input.accept = "image/*,image/heic,image/heif";
    input.setAttribute("capture", "environment");
    label.append(input);
    label.hidden = false;
    input.addEventListener("change", function () { if (input.files.length) { send(input.files[0], card); } });
  }

  function ready(card) {
    function on(mark, work) {
      var button = card.querySelector("[" + mark + "]");
      if (button) { button.addEventListener("click", function (event) { event.preventDefault(); work(button); }); }
    }
    on("data-remove", function () {
      var next = card.nextElementSibling || card.previousElementSibling;
      card.remove();
      (next && next.querySelector("button") || camera).focus();
    });
    on("data-up", function (button) { if (card.previousElementSibling) { card.previousElementSibling.before(card); button.focus(); } });
    on("data-down", function (button) { if (card.nextElementSibling) { card.nextElementSibling.after(card); button.focus(); } });
    on("data-turn", function () { value(card, "turn", String((Number(value(card, "turn")) + 1) % 4)); redraw(card); });
    on("data-adjust", function (button) { adjust(card, button); });
    var button = card.querySelector("[data-adjust]"), label = card.querySelector("[data-retake]");
    if (button && window.lantaiCorners && window.PointerEvent) { button.hidden = false; }
    if (label) { retake(label, card); }
  }

  list.querySelectorAll(".shot").forEach(ready);
  [paper, plain].forEach(function (input) {
    input.addEventListener("change", function () { list.querySelectorAll("[data-flat]").forEach(function (picture) { redraw(picture.closest(".shot")); }); });
  });
  function photographed() {
    Array.from(camera.files).forEach(function (file) { send(file, null); });
    camera.value = "";
  }
  camera.addEventListener("change", photographed);
  if (camera.files.length) { photographed(); } /* taken before this script was there */
  fromAlbum.addEventListener("click", function () {
    camera.removeAttribute("capture");
    camera.click();
    camera.setAttribute("capture", "environment");
  });

  function failed(texts) {
    form.querySelectorAll("ul.errorlist.nonfield").forEach(function (old) { old.remove(); });
    var box = document.createElement("ul");
    box.className = "errorlist nonfield";
    box.setAttribute("role", "alert");
    texts.forEach(function (text) {
      var item = document.createElement("li");
      item.textContent = text;
      box.append(item);
    });
    said.before(box);
    said.textContent = "";
  }

  form.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (!button || button.value !== "file") {
      if (open && button) { event.preventDefault(); line.then(function () { form.requestSubmit(button); }); }
      return;
    }
    event.preventDefault();
    if (!list.children.length) { failed([words.none]); return; }
    button.disabled = true;
    if (open) { said.textContent = words.busy; }
    line.then(function () {
      if (list.querySelector("[data-lost]")) { throw new Error(words.lost); }
      said.textContent = words.filing;
      var data = new FormData(form);
      data.delete("photos");
      data.set("do", "file");
      return steady(function () { said.textContent = words.filing; return ask("POST", form.action || location.href, data); }, 0);
    }).then(function (answer) {
      var made = told(answer);
      if (answer.status === 201 && made) { location.href = made.url; return; }
      button.disabled = false;
      failed(made && made.reasons ? made.reasons : [words.broken]);
    }, function (problem) { button.disabled = false; failed([problem.message]); });
  });
}());
