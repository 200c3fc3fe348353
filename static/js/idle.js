// Locks the page when nobody touched any tab of this browser for the time that the portal allows.
// The portal locks by its own clock too; this covers the screen in time and tells it at once.
// All tabs go together: what one hears (locked, signed out, somebody else), the others show.

const { idleSeconds, lockUrl, unlockUrl, awakeUrl, csrf, lockedText, user } = document.body.dataset;
const limit = Number(idleSeconds) * 1000;
const tabs = new BroadcastChannel("shiming-idle");
const TELL_TABS = 2_000;
const TELL_PORTAL = 60_000;

let seen = Date.now();
let toldTabs = seen;
let toldPortal = seen;
let locked = false;

const post = (url) =>
  fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrf, Accept: "application/json" },
    redirect: "manual",
    keepalive: true,
  });

function cover() {
  locked = true;
  const sheet = document.createElement("div");
  sheet.className = "cover";
  sheet.setAttribute("role", "alert");
  sheet.textContent = lockedText;
  document.body.replaceChildren(sheet);
  document.title = lockedText;
}

async function lock() {
  if (locked) return;
  cover();
  // Without a network the screen stays covered; the portal's own clock locks the session.
  await post(lockUrl).catch(() => null);
  leave();
}

function leave() {
  cover();
  location.replace(`${unlockUrl}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function touched() {
  const now = Date.now();
  if (locked) return;
  if (now - seen > limit) return lock();
  seen = now;
  if (now - toldTabs > TELL_TABS) {
    toldTabs = now;
    tabs.postMessage({ says: "active" });
  }
  if (now - toldPortal > TELL_PORTAL) {
    toldPortal = now;
    const answer = await post(awakeUrl).catch(() => null);
    // Locked from another window, dismissed or signed out: the portal says where to go.
    if (answer && answer.status !== 204) again();
  }
}

function again() {
  cover();
  location.replace(location.href);
}

tabs.addEventListener("message", ({ data }) => {
  if (data.says === "active") {
    seen = Date.now();
    toldPortal = seen;
  } else if (data.says === "locked") {
    leave();
  } else if (data.says === "left" || (data.says === "open" && data.user !== user)) {
    again();
  }
});

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"]) {
  window.addEventListener(kind, touched, { passive: true, capture: true });
}

const check = () => {
  if (Date.now() - seen > limit) lock();
};
setInterval(check, 1_000);
// Timers sleep with the computer; the first look afterwards must find a covered screen.
document.addEventListener("visibilitychange", check);

tabs.postMessage({ says: "open", user });
