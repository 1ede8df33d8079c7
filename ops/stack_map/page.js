"use strict";
const system = document.getElementById("system");
const who = document.getElementById("who");
const told = document.getElementById("told");

function isFor(part) {
  return who.value === "" || part.dataset.who.split(" ").includes(who.value);
}

// A system is shown when it is the one that was chosen, and has a way in for who was chosen.
function isShown(section) {
  if (system.value !== "" && section.dataset.system !== system.value) return false;
  return who.value === "" || [...section.querySelectorAll("tr.way")].some(isFor);
}

function show() {
  for (const section of document.querySelectorAll("section[data-system]")) section.hidden = !isShown(section);
  for (const part of document.querySelectorAll("svg .part")) part.classList.toggle("aside", !isFor(part));
  for (const row of document.querySelectorAll("tr[data-who]")) row.hidden = !isFor(row);
  const rows = [...document.querySelectorAll("tr.way")];
  const shown = rows.filter((row) => !row.hidden && !row.closest("section").hidden);
  told.textContent = `${shown.length} of ${rows.length} ways in are shown`;
}

system.addEventListener("change", show);
who.addEventListener("change", show);
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
document.querySelector("form").addEventListener("reset", () => setTimeout(show));
document.querySelector("form").hidden = false;
show();
