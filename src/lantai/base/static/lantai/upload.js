/* Sends the form of a new transfer with its progress, and a folder with the paths that browsers leave out. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-upload]");
  if (!form || !window.FormData) { return; }
  var folder = form.querySelector("[data-folder]");
  var picker = folder && folder.querySelector("input");
  var box = form.querySelector("[data-sending]");
  var bar = box.querySelector("progress");
  var said = box.querySelector("[data-said]");
  if (picker && "webkitdirectory" in picker) { folder.hidden = false; }

  function body() {
    var sent = new FormData();
    var files = picker ? Array.from(picker.files) : [];
    new FormData(form).forEach(function (value, name) {
      if (name !== "folder" && !(value instanceof File && value.name === "" && value.size === 0)) {
        sent.append(name, value);
      }
    });
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

  function arrived(request) {
    if (request.status < 400 && request.responseURL && request.responseURL !== location.href) {
      location.assign(request.responseURL);
      return;
    }
    var page = new DOMParser().parseFromString(request.responseText, "text/html");
    var fresh = page.querySelector("main");
    var old = form.querySelector(".errorlist.nonfield");
    var errors = page.querySelector(".errorlist") || (fresh && fresh.querySelector("[role=alert]"));
    if (old) { old.remove(); }
    busy(false);
    if (errors) { form.prepend(document.importNode(errors, true)); form.scrollIntoView(); }
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", function (told) {
      if (!told.lengthComputable) { return; }
      var share = told.loaded / told.total;
      bar.value = share;
      said.textContent = share < 1 ? said.dataset.sendingText + " " + Math.floor(share * 100) + "%" : said.dataset.arrivedText;
    });
    request.addEventListener("load", function () { arrived(request); });
    request.addEventListener("error", function () {
      busy(false);
      box.hidden = false;
      said.textContent = said.dataset.brokenText;
    });
    bar.value = 0;
    said.textContent = said.dataset.sendingText;
    request.send(body());
    busy(true);
  });
}());
