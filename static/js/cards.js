// SIM cards of an order, scanned one after the other: each goes to the next number without one.

import { clear, show } from "./notices.js";
import { renew } from "./parts.js";
import { Away, patience, post, Refused } from "./send.js";

let scanning = Promise.resolve();

const form = () => document.querySelector("form[data-cards]");
const field = () => form()?.querySelector("input[name=iccid]");
const isWanted = () => form() && !form().closest("[data-part]").hidden;

/** A poor line loses no card: it is tried until the portal answers. */
async function keep(iccid) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await post(form().action, new URLSearchParams({ iccid }));
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      show(error);
      await patience(tries);
    }
  }
}

async function scan(iccid) {
  try {
    await keep(iccid);
    clear();
    // Not while the next card is being typed: its digits would be lost.
    await renew((old) => old.contains(field()) && field().value);
  } catch (error) {
    if (!(error instanceof Refused)) return show(error);
    form().querySelector("[data-card-error]").textContent = `${error.message}${error.todo}`;
    field().classList.add("is-invalid");
  }
  if (isWanted()) field().focus();
}

// The list renews itself, and the form with it: the listener is the page's.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-cards]")) return;
  event.preventDefault();
  const iccid = field().value;
  // Free for the next card at once: a scanner does not wait.
  field().value = "";
  if (iccid) scanning = scanning.then(() => scan(iccid));
});

// A scan that comes while another control has the focus belongs into the field all the same.
document.addEventListener("keydown", (event) => {
  if (!/^[0-9]$/.test(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!isWanted() || document.activeElement.matches("input, select, textarea")) return;
  field().focus();
});
