// Pictures in the browser: a frame of the camera or a chosen file, never longer than need be.

const LONGEST = 2000;
const QUALITY = 0.9;
// Below this a file goes as it is: the portal judges it by its structure, which is cheaper and
// safer than decoding whatever somebody picked.
const AS_IS_BYTES = 3 * 1024 * 1024;

function drawn(source, width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** SHA-256 in hex: what arrives is compared with it. "" where the browser cannot count it. */
export async function digest(blob) {
  if (!crypto.subtle) return "";
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const frame = (video) => drawn(video, video.videoWidth, video.videoHeight);

export async function shrunk(file) {
  if (file.size <= AS_IS_BYTES) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const blob = await drawn(image, image.width, image.height);
    image.close();
    return blob;
  } catch {
    return file;
  }
}
