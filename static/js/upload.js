// An upload with progress, which fetch cannot show.

import { Away, csrf, failure, Moved } from "./send.js";

/** POST `fields`; the JSON answer. `progress` is called with 0..100. */
export function upload(url, fields, progress) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrf());
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (total) progress(Math.floor((loaded / total) * 100));
    });
    request.addEventListener("error", () => reject(new Away()));
    request.addEventListener("abort", () => reject(new Away()));
    request.addEventListener("load", () => {
      const failed = failure(request.status, request.responseURL, request.responseText);
      if (failed) return reject(failed);
      try {
        resolve(JSON.parse(request.responseText));
      } catch {
        reject(new Moved(request.responseURL));
      }
    });
    request.send(data);
  });
}
