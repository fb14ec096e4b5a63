/* Brings files to the desk: chosen or dropped, whole folders too. Each file goes piece by piece (three at once) and
   goes on where it broke off; then its document is filed, and what the desk kept is compared with what lies here. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-bring]");
  if (!form || !window.FormData || !window.Promise || !window.fetch) { return; }
  var words = form.querySelector("[data-words]").dataset;
  var files = form.querySelector("#files"), picker = form.querySelector("#folder");
  var area = form.querySelector("[data-drop]"), listing = form.querySelector("[data-listing]");
  var rows = form.querySelector("[data-rows]"), bar = form.querySelector("[data-bar]"), said = form.querySelector("[data-said]");
  var PIECE = 4 * 1024 * 1024, AT_ONCE = 3, DIGEST_MOST = 64 * 1024 * 1024, WAITS = [1, 2, 5, 10, 20, 30, 60];
  var GROUP = 2000, MOST = 2000, group = "", grouped = 0;
  var numbers = [], chosen = [], documents = [], ids = new Map(), digests = new Map(), total = 0, sent = 0;
  if ("webkitdirectory" in picker) { picker.closest("[data-folder]").hidden = false; }

  function size(bytes) {
    var units = ["B", "KB", "MB", "GB"], at = 0;
    while (bytes >= 1024 && at < 3) { bytes /= 1024; at += 1; }
    return (at ? bytes.toFixed(1) : bytes) + " " + units[at];
  }

  function way() { return form.querySelector("[name=way]:checked").value; }

  /* Documents of what was chosen: each file, or each folder with the loose files together. */
  function arrange() {
    var made = new Map();
    chosen.forEach(function (one, n) {
      var top = one.path.indexOf("/") > 0 ? one.path.slice(0, one.path.indexOf("/")) : "";
      var key = way() === "each" ? "#" + n : "/" + top;
      if (!made.has(key)) { made.set(key, { name: way() === "each" ? one.path : top || one.path, files: [] }); }
      made.get(key).files.push(one);
    });
    documents = Array.from(made.values());
    rows.textContent = "";
    documents.forEach(function (doc) {
      var row = rows.insertRow(), bytes = doc.files.reduce(function (sum, one) { return sum + one.file.size; }, 0);
      row.insertCell().textContent = doc.name + (doc.files.length > 1 ? " · " + doc.files.length : "");
      row.insertCell().textContent = size(bytes);
      row.cells[1].className = "n";
      doc.cell = row.insertCell();
      say(doc, words.ready, "");
    });
    listing.hidden = !documents.length;
  }

  function say(doc, text, kind) {
    doc.cell.textContent = "";
    var tag = document.createElement("span");
    tag.className = "tag " + kind;
    tag.textContent = text;
    doc.cell.append(tag);
  }

  function add(list) { chosen = chosen.concat(list); arrange(); }

  function fromInput(input) {
    return Array.from(input.files).map(function (file) { return { path: file.webkitRelativePath || file.name, file: file }; });
  }

  function walk(entry, path, found) {
    if (entry.isFile) {
      return new Promise(function (done, fail) { entry.file(done, fail); }).then(function (file) { found.push({ path: path + file.name, file: file }); });
    }
    var reader = entry.createReader();
    function more() {
      return new Promise(function (done, fail) { reader.readEntries(done, fail); }).then(function (batch) {
        if (!batch.length) { return null; }
        return batch.reduce(function (before, inner) {
          return before.then(function () { return walk(inner, path + entry.name + "/", found); });
        }, Promise.resolve()).then(more);
      });
    }
    return more();
  }

  area.addEventListener("dragover", function (event) { event.preventDefault(); area.classList.add("over"); });
  area.addEventListener("dragleave", function () { area.classList.remove("over"); });
  area.addEventListener("drop", function (event) {
    event.preventDefault();
    area.classList.remove("over");
    var entries = Array.from(event.dataTransfer.items).map(function (item) { return item.webkitGetAsEntry ? item.webkitGetAsEntry() : null; }).filter(Boolean);
    var found = [];
    if (!entries.length) {
      add(Array.from(event.dataTransfer.files).map(function (file) { return { path: file.name, file: file }; }));
      return;
    }
    entries.reduce(function (before, entry) { return before.then(function () { return walk(entry, "", found); }); }, Promise.resolve()).then(function () { add(found); });
  });
  function picked() { chosen = []; add(fromInput(files).concat(fromInput(picker))); }
  [files, picker].forEach(function (input) { input.addEventListener("change", picked); });
  if (files.files.length || picker.files.length) { picked(); } /* chosen before this script was there, or kept by the browser */
  form.querySelectorAll("[name=way]").forEach(function (choice) { choice.addEventListener("change", arrange); });

  function token() { return form.querySelector("[name=csrfmiddlewaretoken]").value; }

  function ask(method, address, body, headers) {
    var all = Object.assign({ "X-CSRFToken": token(), "Accept": "application/json" }, headers || {});
    return fetch(address, { method: method, body: body, headers: all, credentials: "same-origin" }).then(function (answer) {
      return answer.json().catch(function () { return null; }).then(function (told) { return { status: answer.status, told: told }; });
    }, function () { return { status: 0, told: null }; });
  }

  function pause(tries, status) {
    said.textContent = status ? words.busy : words.waiting;
    return new Promise(function (done) { window.setTimeout(done, WAITS[tries] * 1000); });
  }

  function again(status) { return status === 0 || status === 409 || status === 429 || status >= 500; }

  /* Asks until there is an answer that waiting does not change; the server says by 429 and 503 that it has enough. */
  function steady(what, tries) {
    return what().then(function (answer) {
      if (!again(answer.status) || answer.status === 409 || tries >= WAITS.length) { return answer; }
      return pause(tries, answer.status).then(function () { return steady(what, tries + 1); });
    });
  }

  function uuid() {
    var hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), "4" + hex.slice(13, 16), "8" + hex.slice(17, 20), hex.slice(20)].join("-");
  }

  /* Files of one document count as one; of many documents no group becomes too long. */
  function next() {
    if (!(grouped++ % GROUP)) { group = uuid(); }
    return group;
  }

  /* An upload is remembered until its document was filed or refused: a page that was closed, or fell over, goes on. */
  function name(one) { return "lantai-upload|" + one.path + "|" + one.file.size + "|" + one.file.lastModified; }

  function remembered(one) { try { return localStorage.getItem(name(one)); } catch (none) { return null; } }

  function remember(one, id) {
    try { if (id) { localStorage.setItem(name(one), id); } else { localStorage.removeItem(name(one)); } } catch (none) { return; }
  }

  function begin(one) {
    var told = new FormData();
    told.append("name", one.file.name);
    told.append("size", one.file.size);
    told.append("group", next());
    return steady(function () { return ask("POST", form.dataset.resumable, told); }, 0).then(function (answer) {
      if (answer.status !== 201) { throw new Error(words.broken); }
      ids.set(one.file, answer.told.id);
      remember(one, answer.told.id);
      return 0;
    });
  }

  function where(one) {
    if (!ids.has(one.file)) {
      if (!remembered(one)) { return begin(one); }
      ids.set(one.file, remembered(one));
    }
    return steady(function () { return ask("GET", form.dataset.resumable + ids.get(one.file) + "/"); }, 0).then(function (answer) {
      if (answer.status === 200) { return answer.told.offset; }
      ids.delete(one.file);
      return begin(one);
    });
  }

  function pieces(one, offset, tries) {
    if (offset >= one.file.size) { return Promise.resolve(); }
    var headers = { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" };
    return ask("POST", form.dataset.resumable + ids.get(one.file) + "/", one.file.slice(offset, offset + PIECE), headers).then(function (answer) {
      if (answer.status === 200) {
        sent += answer.told.offset - offset;
        bar.value = total ? Math.min(1, sent / total) : 0;
        said.textContent = words.sending + " " + size(sent) + " / " + size(total);
        return pieces(one, answer.told.offset, 0);
      }
      if (!again(answer.status) && answer.status !== 404) { throw new Error(words.broken); }
      if (tries >= WAITS.length) { throw new Error(words.broken); }
      return pause(tries, answer.status).then(function () { return where(one); }).then(function (next) { return pieces(one, next, tries + 1); });
    });
  }

  function digest(one) {
    if (digests.has(one.file)) { return Promise.resolve(); }
    if (!(window.crypto && crypto.subtle) || one.file.size > DIGEST_MOST) { digests.set(one.file, ""); return Promise.resolve(); }
    return one.file.arrayBuffer().then(function (bytes) { return crypto.subtle.digest("SHA-512", bytes); }).then(function (made) {
      digests.set(one.file, Array.from(new Uint8Array(made), function (byte) { return byte.toString(16).padStart(2, "0"); }).join(""));
    });
  }

  function upload(one) {
    if (!one.file.size) { return digest(one); }
    return digest(one).then(function () { return where(one); }).then(function (offset) { sent += offset; return pieces(one, offset, 0); });
  }

  function several(list, work) {
    var next = 0;
    function lane() { return next < list.length ? work(list[next++]).then(lane) : Promise.resolve(); }
    return Promise.all(Array.from({ length: Math.min(AT_ONCE, list.length) }, lane));
  }

  function file(doc) {
    var told = new FormData();
    new FormData(form).forEach(function (value, name) { if (!(value instanceof File)) { told.append(name, value); } });
    if (documents.length > 1) { told.set("title", ""); }
    told.set("list", JSON.stringify(doc.files.map(function (one) {
      return { path: one.path, size: one.file.size, sha512: digests.get(one.file) || "", upload: ids.get(one.file) || "" };
    })));
    return steady(function () { return ask("POST", form.action || location.href, told); }, 0);
  }

  /* Compares what the desk kept with what lies here: as many bytes, and the same digest where one was made. */
  function same(doc, outcomes) {
    var kept = [];
    outcomes.forEach(function (outcome) { kept = kept.concat(outcome.files || []); });
    return doc.files.filter(function (one) {
      var own = digests.get(one.file), meta = /(^|\/)meta\.(json|csv)$/.test(one.path), mail = /\.(eml|mbox)$/i.test(one.path);
      return meta || mail || kept.some(function (there) { return there.bytes === one.file.size && (!own || own === there.sha512); });
    }).length;
  }

  function shown(doc, answer) {
    var outcomes = answer.told && answer.told.outcomes ? answer.told.outcomes : [];
    var whole = answer.status === 201 && outcomes.length > 0;
    var equal = whole ? same(doc, outcomes) : 0;
    say(doc, whole ? words.filed : words.refused, whole ? "ok" : "no");
    outcomes.forEach(function (outcome) {
      if (!outcome.number) { return; }
      numbers.push(outcome.number);
      var link = document.createElement("a");
      link.href = outcome.url;
      link.className = "ref";
      link.textContent = outcome.number;
      doc.cell.append(" ", link);
    });
    if (whole) { doc.cell.append(" ", equal === doc.files.length ? words.same : words.differs); }
    var list = document.createElement("ul");
    list.className = "errorlist";
    outcomes.forEach(function (outcome) {
      (outcome.reasons || []).forEach(function (reason) {
        var item = document.createElement("li");
        item.textContent = reason.message;
        list.append(item);
      });
    });
    if (!whole && !list.children.length) {
      var item = document.createElement("li");
      item.textContent = words.broken;
      list.append(item);
    }
    if (list.children.length) { doc.cell.append(list); }
    if (answer.status) { doc.files.forEach(function (file) { remember(file, ""); }); }
    doc.done = whole;
    doc.equal = equal;
  }

  function one(doc) {
    if (doc.files.length > MOST) {
      shown(doc, { status: 0, told: { outcomes: [{ name: "", reasons: [{ message: words.many.replace("{n}", MOST) }] }] } });
      return Promise.resolve();
    }
    say(doc, words.sending, "wait");
    return several(doc.files, upload).then(function () {
      say(doc, words.filing, "wait");
      return file(doc);
    }).then(function (answer) { shown(doc, answer); }, function (problem) {
      shown(doc, { status: 0, told: { outcomes: [{ name: "", reasons: [{ message: problem.message || words.broken }] }] } });
    });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (!documents.length) { listing.hidden = false; said.textContent = words.none; return; }
    var todo = documents.filter(function (doc) { return !doc.done; });
    var button = form.querySelector("button.seal");
    button.disabled = true;
    sent = 0;
    total = todo.reduce(function (sum, doc) { return doc.files.reduce(function (inner, file) { return inner + file.file.size; }, sum); }, 0);
    todo.reduce(function (before, doc) { return before.then(function () { return one(doc); }); }, Promise.resolve()).then(function () {
      var count = 0, bytes = 0, kept = 0, equal = 0;
      documents.forEach(function (doc) {
        count += doc.files.length;
        doc.files.forEach(function (file) { bytes += file.file.size; });
        kept += doc.done ? doc.files.length : 0;
        equal += doc.equal || 0;
      });
      bar.value = 1;
      said.textContent = words.sum.replace("{n}", count).replace("{size}", size(bytes)).replace("{m}", kept).replace("{k}", equal);
      button.disabled = documents.every(function (doc) { return doc.done; });
      button.parentElement.hidden = button.disabled; /* what comes next stands there now */
      form.querySelector("[data-done]").hidden = !kept;
      var next = form.querySelector("[data-next]"), earliest = numbers[0];
      if (next && earliest) { next.href = next.href.split("?")[0] + "?since=" + encodeURIComponent(earliest); }
    });
  });
}());
