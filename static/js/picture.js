// Pictures in the browser: a frame of the camera or a chosen file, never longer than need be.

const LONGEST = 2000;
const QUALITY = 0.9;
// Below this a file goes as it is: the portal judges it by its structure, which is cheaper and
// safer than decoding whatever somebody picked.
const AS_IS_BYTES = 3 * 1024 * 1024;

/** `turn`: how far to turn it clockwise, in degrees; a multiple of 90. */
function drawn(source, width, height, turn = 0) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = turn % 180 ? [high, wide] : [wide, high];
  const pen = canvas.getContext("2d");
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((turn * Math.PI) / 180);
  pen.drawImage(source, -wide / 2, -high / 2, wide, high);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** SHA-256 in hex: what arrives is compared with it. "" where the browser cannot count it. */
export async function digest(blob) {
  if (!crypto.subtle) return "";
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const frame = (video, turn) => drawn(video, video.videoWidth, video.videoHeight, turn);

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
