// The phone scanned the code: hand in the token from behind the fragment, and forget it.

import { Away, patience, post } from "./send.js";
import { only } from "./when.js";

const root = document.querySelector("[data-open-link]");
const shut = document.querySelector("[data-shut]");

async function open(token) {
  if (shut) shut.hidden = true;
  only(root, "opening");
  const data = new FormData();
  data.append("token", token);
  for (let tries = 0; ; tries += 1) {
    try {
      await post(root.dataset.openLink, data);
      // Out of the history too, and then the page with the pictures.
      history.replaceState(null, "", location.pathname);
      return location.reload();
    } catch (error) {
      if (error instanceof Away) {
        only(root, "away");
        await patience(tries);
      } else {
        history.replaceState(null, "", location.pathname);
        return only(root, "refused", { text: error.message, todo: error.todo });
      }
    }
  }
}

// A second code that is scanned into the same tab changes the fragment alone.
const look = () => location.hash.length > 1 && open(location.hash.slice(1));
addEventListener("hashchange", look);
look();
