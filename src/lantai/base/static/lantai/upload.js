/* Sends a form with a file and shows its progress. A single file goes piece by piece and goes on where it broke off,
   even after the page was closed; a folder goes with the paths that browsers leave out. */
(function () {
  "use strict";
  if (window.FormData) { document.querySelectorAll("form[data-upload]").forEach(sending); }

  /* Shows the page that was answered, its messages among it: asking for it again would lose them. */
  function renew(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    var main = document.querySelector("main");
    if (!fresh || !main) { location.reload(); return; }
    main.replaceWith(document.importNode(fresh, true));
    main = document.querySelector("main");
    main.querySelectorAll("form[data-upload]").forEach(sending);
    if (window.htmx) { window.htmx.process(main); }
    main.focus();
  }

  function sending(form) {
    var folder = form.querySelector("[data-folder]");
    var picker = folder && folder.querySelector("input");
    var whole = form.querySelector("input[data-whole]");
    var known = form.querySelector("input[name=upload]");
    var box = form.querySelector("[data-sending]");
    var bar = box.querySelector("progress");
    var said = box.querySelector("[data-said]");
    var stays = "stays" in form.dataset;
    var PIECE = 4 * 1024 * 1024;
    var WAITS = [1, 2, 5, 10, 20, 30, 60];
    if (picker && "webkitdirectory" in picker) { folder.hidden = false; }

    function body(id) {
      var sent = new FormData();
      var files = picker ? Array.from(picker.files) : [];
      new FormData(form).forEach(function (value, name) {
        var empty = value instanceof File && value.name === "" && value.size === 0;
        if (name !== "folder" && name !== "upload" && !empty && !(id && whole && name === whole.name)) {
          sent.append(name, value);
        }
      });
      if (id) { sent.append("upload", id); }
      if (files.length) {
        var paths = files.map(function (file) { return file.webkitRelativePath; });
        sent.append("paths", new Blob([JSON.stringify(paths)], { type: "application/json" }), "paths.json");
        files.forEach(function (file, at) { sent.append("folder", file, "file-" + at); });
      }
      return sent;
    }

    function busy(on) {
      form.querySelectorAll("button").forEach(function (button) { button.disabled = on; });
      box.hidden = !on;
    }

    function show(loaded, total) {
      var share = total ? loaded / total : 0;
      bar.value = share;
      said.textContent = share < 1 ? said.dataset.sendingText + " " + Math.floor(share * 100) + "%" : said.dataset.arrivedText;
    }

    function broken(text) {
      busy(false);
      box.hidden = false;
      said.textContent = text;
    }

    /* A form that stands in a list (data-stays) leads back to its own page: what came is shown in its place. */
    function arrived(request) {
      if (request.status < 400 && stays) { renew(request.responseText); return; }
      if (request.status < 400 && request.responseURL && request.responseURL !== location.href) {
        location.assign(request.responseURL);
        return;
      }
      var page = new DOMParser().parseFromString(request.responseText, "text/html");
      var fresh = page.querySelector("main");
      var old = form.querySelector(stays ? ":scope > [role=alert]" : ".errorlist.nonfield");
      var errors = (!stays && page.querySelector(".errorlist")) || (fresh && fresh.querySelector("[role=alert]"));
      if (old) { old.remove(); }
      busy(false);
      if (known && known.value && said.dataset.keptText) {
        box.hidden = false;
        said.textContent = said.dataset.keptText;
      }
      if (errors) { form.prepend(document.importNode(errors, true)); form.scrollIntoView(); }
    }

    function hand(id) {
      var request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.upload.addEventListener("progress", function (told) {
        if (told.lengthComputable && !id) { show(told.loaded, told.total); }
      });
      request.addEventListener("load", function () { arrived(request); });
      request.addEventListener("error", function () { broken(said.dataset.brokenText); });
      request.send(body(id));
    }

    /* One request below the address for pieces; then(status, answer), status 0 = the connection broke. */
    function ask(method, path, data, headers, then, progress) {
      var request = new XMLHttpRequest();
      request.open(method, form.dataset.resumable + path);
      request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      Object.keys(headers).forEach(function (name) { request.setRequestHeader(name, headers[name]); });
      if (progress) { request.upload.addEventListener("progress", progress); }
      request.addEventListener("load", function () {
        var answer = null;
        try { answer = JSON.parse(request.responseText); } catch (unreadable) { answer = null; }
        then(request.status, answer, request);
      });
      request.addEventListener("error", function () { then(0, null, request); });
      request.addEventListener("timeout", function () { then(0, null, request); });
      request.send(data);
    }

    function mark(file) { return "lantai-upload " + [file.name, file.size, file.lastModified].join(" "); }

    function remember(file, id) {
      try { if (id) { localStorage.setItem(mark(file), id); } else { localStorage.removeItem(mark(file)); } } catch (full) { return; }
    }

    function remembered(file) {
      try { return localStorage.getItem(mark(file)); } catch (closed) { return null; }
    }

    function start(file) {
      var id = remembered(file);
      if (id) { where(file, id, 0); } else { fresh(file); }
    }

    function fresh(file) {
      var told = new FormData();
      told.append("name", file.name);
      told.append("size", file.size);
      ask("POST", "", told, {}, function (status, answer, request) {
        if (status === 201 && answer) { remember(file, answer.id); piece(file, answer.id, 0, 0); return; }
        if (status) { arrived(request); } else { broken(said.dataset.brokenText); }
      });
    }

    /* Asks how far the file is and goes on there. */
    function where(file, id, tries) {
      ask("GET", id + "/", null, {}, function (status, answer) {
        if (status === 200 && answer && answer.size === file.size) { piece(file, id, answer.offset, tries); return; }
        if (status === 200 || status === 404) { remember(file, null); fresh(file); return; }
        later(file, id, tries);
      });
    }

    function later(file, id, tries) {
      if (tries >= WAITS.length) { broken(said.dataset.pausedText || said.dataset.brokenText); return; }
      said.textContent = said.dataset.waitingText || said.dataset.sendingText;
      window.setTimeout(function () { where(file, id, tries + 1); }, WAITS[tries] * 1000);
    }

    function piece(file, id, offset, tries) {
      show(offset, file.size);
      if (offset >= file.size) { remember(file, null); known.value = id; whole.value = ""; whole.required = false; hand(id); return; }
      var headers = { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" };
      ask("POST", id + "/", file.slice(offset, offset + PIECE), headers, function (status, answer, request) {
        if (status === 200 && answer) { piece(file, id, answer.offset, 0); return; }
        if (status === 404) { remember(file, null); fresh(file); return; }
        if (status === 403 || status === 400) { remember(file, null); arrived(request); return; }
        later(file, id, tries);
      }, function (told) { show(Math.min(offset + told.loaded, file.size), file.size); });
    }

    if (whole && known) { whole.addEventListener("change", function () { known.value = ""; }); }

    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var file = whole && whole.files.length && !(picker && picker.files.length) ? whole.files[0] : null;
      bar.value = 0;
      said.textContent = said.dataset.sendingText;
      busy(true);
      if (file && file.size && form.dataset.resumable && known) { start(file); return; }
      hand(known && known.value && !(picker && picker.files.length) ? known.value : "");
    });
  }
}());
