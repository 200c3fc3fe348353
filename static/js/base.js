// What every page needs: menus that close, messages for requests that failed.

const page = document.body;

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  event.stopPropagation();
  menu.open = false;
  menu.querySelector("summary").focus();
}, true);

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

// The browser's own restore could show the previous clerk's page without asking the portal.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

/** Say a sentence in the message area. `kind` is block, review, note or pass. */
export function say(text, kind = "note") {
  const notice = document.createElement("div");
  notice.className = `notice notice-${kind}`;
  const words = document.createElement("div");
  words.textContent = text;
  notice.append(words);
  document.getElementById("messages").replaceChildren(notice);
}

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  page.addEventListener(failure, () => say(page.dataset.failedText, "block"));
}
