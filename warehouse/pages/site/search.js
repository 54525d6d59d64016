"use strict";
const entries = JSON.parse(document.getElementById("index").textContent);
const field = document.getElementById("q"), list = document.getElementById("found"), said = document.getElementById("said");
const before = said.textContent, most = 60;
const plain = text => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const words = entries.map(entry => plain(entry[0] + " " + entry[2]));

function show() {
  const wanted = plain(field.value).split(/\s+/).filter(Boolean);
  list.replaceChildren();
  if (!wanted.length) { said.textContent = before; return; }
  const found = [];
  entries.forEach((entry, n) => {
    if (!wanted.every(word => words[n].includes(word))) return;
    const title = plain(entry[0]);
    found.push([wanted.reduce((score, word) => score + (title.startsWith(word) ? 2 : title.includes(word) ? 1 : 0), 0), n]);
  });
  found.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, n] of found.slice(0, most)) {
    const item = document.createElement("li"), link = document.createElement("a"), more = document.createElement("span");
    link.href = entries[n][1];
    link.textContent = entries[n][0];
    more.className = "quiet";
    more.textContent = " " + entries[n][2];
    item.append(link, more);
    list.append(item);
  }
  said.textContent = found.length > most ? `${found.length} found, the first ${most} are shown.` : `${found.length} found.`;
}

field.value = new URLSearchParams(location.search).get("q") || "";
field.addEventListener("input", show);
document.querySelector("form").addEventListener("submit", event => { event.preventDefault(); show(); });
show();
