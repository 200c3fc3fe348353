// How good the picture in front of the camera is: the portal's own measures on a frame of 640 pixels.
// They only advise; the portal judges what arrives (registration/quality.py).

const LONGEST = 640;
const TILE = 32;
// Of 255: what differs less within a tile is paper, not print.
const STEP = 50;
const NOISE = 20;
const BLOWN = 250;
const WASHED_OUT = 0.35;
const GRID = 80;
// Longer side over shorter one, and how much of its box what is seen fills.
const CARD_ASPECT = [1.35, 1.85];
const FILLED = 0.85;

// At 640 pixels an edge is so much narrower than at the portal's 1000.
const LIMITS = {
  card: { blur: 1.8, dark: 90, glare: 0.004, area: 0.22 },
  paper: { blur: 1.6, dark: 90, glare: 1, area: 0.25 },
  person: { blur: 4, dark: 60, glare: 1, area: 0 },
};

export const sortOf = (kind) => {
  if (kind.endsWith("live")) return "person";
  return /id_(front|back)$/.test(kind) ? "card" : "paper";
};

const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });

/** {advice, thumb} of what the video shows when a picture of this kind is due; `advice` is "", dark,
 * bright, blurred, glare, cut, far, wrong_side or, in a person's place, card.
 * `thumb` is the frame in small, for telling one frame from another. */
export function look(video, kind) {
  const scale = LONGEST / Math.max(video.videoWidth, video.videoHeight);
  const width = (canvas.width = Math.round(video.videoWidth * scale));
  const height = (canvas.height = Math.round(video.videoHeight * scale));
  pen.drawImage(video, 0, 0, width, height);
  const { data } = pen.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    grey[at] = (data[from] * 77 + data[from + 1] * 150 + data[from + 2] * 29) >> 8;
  }
  const thumb = shrink(grey, width, height);
  return { advice: advise(kind, grey, data, width, height, thumb), thumb };
}

function advise(kind, grey, data, width, height, thumb) {
  const limits = LIMITS[sortOf(kind)];
  if (brightest(grey) < limits.dark) return "dark";
  if (blur(grey, width, height) > limits.blur) return "blurred";
  const found = outline(thumb);
  if (limits.area === 0) return found.isCard ? "card" : "";
  const document = found.area || 1;
  const patch = limits.glare < 1 ? glare(data, width, height) / document : 0;
  if (patch > WASHED_OUT) return "bright";
  if (patch > limits.glare) return "glare";
  if (found.isCut) return "cut";
  if (found.area && found.area < limits.area) return "far";
  return found.box && isOtherSide(kind, data, width, found.box) ? "wrong_side" : "";
}

/** The brightness that one pixel of a hundred exceeds. */
function brightest(grey) {
  const counts = new Uint32Array(256);
  for (let at = 0; at < grey.length; at += 4) counts[grey[at]] += 1;
  let left = grey.length / 400;
  for (let shade = 255; shade > 0; shade -= 1) if ((left -= counts[shade]) < 0) return shade;
  return 0;
}

/** The width of the sharper edges: a tile's contrast over its steepest slope, in the direction that
 * is worse. 99 where nothing has an edge. */
function blur(grey, width, height) {
  const across = [];
  const down = [];
  for (let top = 1; top + TILE < height; top += TILE) {
    for (let left = 1; left + TILE < width; left += TILE) {
      let low = 255;
      let high = 0;
      let slopeX = 0;
      let slopeY = 0;
      for (let y = top; y < top + TILE; y += 1) {
        for (let x = left, at = y * width + left; x < left + TILE; x += 1, at += 1) {
          const value = grey[at];
          if (value < low) low = value;
          if (value > high) high = value;
          // Two lines together, so that a single noisy pixel is no edge.
          const dx = Math.abs(grey[at + 1] + grey[at + 1 + width] - grey[at - 1] - grey[at - 1 + width]);
          const dy = Math.abs(grey[at + width] + grey[at + width + 1] - grey[at - width] - grey[at - width + 1]);
          if (dx > slopeX) slopeX = dx;
          if (dy > slopeY) slopeY = dy;
        }
      }
      if (high - low < STEP && high - low < NOISE) continue;
      across.push({ contrast: high - low, sharp: slopeX / (high - low) });
      down.push({ contrast: high - low, sharp: slopeY / (high - low) });
    }
  }
  const most = Math.max(0, ...across.map(({ contrast }) => contrast));
  const least = Math.min(STEP, most / 2);
  const worse = [across, down].map((tiles) => {
    const sharp = tiles.filter(({ contrast }) => contrast > least).map((tile) => tile.sharp);
    sharp.sort((one, other) => one - other);
    return sharp.length ? sharp[Math.floor(sharp.length * 0.75)] : 0;
  });
  const sharpest = Math.min(...worse);
  return sharpest ? Math.min(99, (4 * 0.4) / sharpest) : 99;
}

/** The largest blown patch that does not reach the rim, as a share of the frame. */
function glare(data, width, height) {
  const wide = Math.floor(width / 4);
  const high = Math.floor(height / 4);
  const blown = new Uint8Array(wide * high);
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      const from = (y * 4 * width + x * 4) * 4;
      blown[y * wide + x] = Math.min(data[from], data[from + 1], data[from + 2]) >= BLOWN ? 1 : 0;
    }
  }
  const patches = regions(blown, wide, high).filter(({ onRim }) => !onRim);
  return Math.max(0, ...patches.map(({ size }) => size)) / blown.length;
}

// ---------------------------------------------------------------- which side of a card it is

// Of a card that lies upright, as shares of its sides (GA 490): the emblem on the back, red or gold,
// and the middle of the portrait on the front, where the back is as pale as paper.
const EMBLEM = { left: 0.06, top: 0.1, right: 0.3, bottom: 0.48 };
const BESIDE = { left: 0.5, top: 0.1, right: 0.94, bottom: 0.9 };
const PORTRAIT = { left: 0.72, top: 0.4, right: 0.92, bottom: 0.6 };
const VIVID = 0.55;
// Shares of a zone. Skin and a desk lamp are warm, but not so vivid, and not in one place alone.
const MOST_OF_EMBLEM = 0.15;
const LITTLE = 0.03;
const MOST_OF_PORTRAIT = 0.3;
const PALE = 30;

/** Whether the side that is not due lies there; a card that lies askew or upside down tells nothing. */
function isOtherSide(kind, data, width, box) {
  if (sortOf(kind) !== "card") return false;
  const height = data.length / 4 / width;
  const share = (zone, holds) => shareOf(zone, box, data, width, height, holds);
  const hasEmblem = share(EMBLEM, isVivid) > MOST_OF_EMBLEM && share(BESIDE, isVivid) < LITTLE;
  if (kind.endsWith("front")) return hasEmblem;
  const paper = paleness(box, data, width, height) - PALE;
  return !hasEmblem && share(PORTRAIT, (...colours) => Math.min(...colours) < paper) > MOST_OF_PORTRAIT;
}

function isVivid(red, green, blue) {
  return red > 80 && red > green && (red - blue) / red > VIVID;
}

function shareOf(zone, box, data, width, height, holds) {
  let count = 0;
  let held = 0;
  for (const [red, green, blue] of pixels(zone, box, data, width, height)) {
    count += 1;
    if (holds(red, green, blue)) held += 1;
  }
  return count ? held / count : 0;
}

/** The paper's weakest colour, which is stronger than on three quarters of the card. */
function paleness(box, data, width, height) {
  const all = [...pixels({ left: 0.05, top: 0.05, right: 0.95, bottom: 0.95 }, box, data, width, height)];
  const shades = all.map((colours) => Math.min(...colours)).sort((one, other) => one - other);
  return shades[Math.floor(shades.length * 0.75)] ?? 255;
}

/** Every third pixel of a zone of the card, each way: [red, green, blue]. */
function* pixels(zone, box, data, width, height) {
  const place = (from, to, share, size) => Math.round((from + (to - from) * share) * size);
  const right = place(box.left, box.right, zone.right, width);
  const bottom = place(box.top, box.bottom, zone.bottom, height);
  for (let y = place(box.top, box.bottom, zone.top, height); y < bottom; y += 3) {
    for (let x = place(box.left, box.right, zone.left, width); x < right; x += 3) {
      const at = (y * width + x) * 4;
      yield [data[at], data[at + 1], data[at + 2]];
    }
  }
}

// ---------------------------------------------------------------- where the document lies

/** The frame in small: {grey, width, height}, each pixel the mean of its square. */
function shrink(grey, width, height) {
  const step = Math.max(1, Math.floor(width / GRID));
  const wide = Math.floor(width / step);
  const high = Math.floor(height / step);
  const small = new Uint8Array(wide * high);
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      let sum = 0;
      for (let dy = 0; dy < step; dy += 2) {
        for (let dx = 0; dx < step; dx += 2) sum += grey[(y * step + dy) * width + x * step + dx];
      }
      small[y * wide + x] = sum / Math.ceil(step / 2) ** 2;
    }
  }
  return { grey: small, width: wide, height: high };
}

/** {area, isCut, box, isCard}: a bright document on a darker, quiet desk; area 0 where none can be
 * told. `box` is what it covers, as shares of the frame. */
function outline({ grey, width, height }) {
  const level = split(grey);
  const mask = grey.map((value) => (value > level ? 1 : 0));
  const means = [0, 1].map((side) => {
    const values = grey.filter((_value, at) => mask[at] === side);
    return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  });
  if (means[1] - means[0] < 40) return { area: 0, isCut: false };
  const [largest, second] = regions(mask, width, height).sort((one, other) => other.size - one.size);
  const share = largest.size / grey.length;
  const isAlone = !second || second.size < largest.size / 20;
  if (!isAlone || share < 0.06 || share > 0.9) return { area: 0, isCut: false };
  const { left, top, right, bottom } = largest;
  const box = { left: left / width, top: top / height, right: right / width, bottom: bottom / height };
  const isCut = largest.rim > 2;
  return { area: share, isCut, box, isCard: !isCut && hasSidesOfCard(largest) };
}

/** Whether a region fills a box of a card's proportions (ISO/IEC 7810, ID-1) that lies upright. */
function hasSidesOfCard({ size, left, top, right, bottom }) {
  const [short, long] = [right - left, bottom - top].sort((one, other) => one - other);
  const [least, most] = CARD_ASPECT;
  return size / (short * long) > FILLED && long / short > least && long / short < most;
}

/** Otsu's threshold. */
function split(grey) {
  const counts = new Uint32Array(256);
  for (const value of grey) counts[value] += 1;
  let total = 0;
  for (let shade = 0; shade < 256; shade += 1) total += shade * counts[shade];
  let best = 0;
  let level = 127;
  let below = 0;
  let sum = 0;
  for (let shade = 0; shade < 255; shade += 1) {
    below += counts[shade];
    sum += shade * counts[shade];
    const above = grey.length - below;
    if (!below || !above) continue;
    const spread = below * above * (sum / below - (total - sum) / above) ** 2;
    if (spread > best) [best, level] = [spread, shade];
  }
  return level;
}

/** [{size, rim, onRim, left, top, right, bottom}] of the connected ones in a mask. */
function regions(mask, width, height) {
  const seen = new Uint8Array(mask.length);
  const found = [];
  for (let start = 0; start < mask.length; start += 1) {
    if (!mask[start] || seen[start]) continue;
    const stack = [start];
    seen[start] = 1;
    let size = 0;
    let rim = 0;
    let [left, top, right, bottom] = [width, height, 0, 0];
    while (stack.length) {
      const at = stack.pop();
      const x = at % width;
      const y = (at - x) / width;
      size += 1;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + 1);
      bottom = Math.max(bottom, y + 1);
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) rim += 1;
      for (const next of [x > 0 && at - 1, x < width - 1 && at + 1, y > 0 && at - width, y < height - 1 && at + width]) {
        if (next === false || seen[next] || !mask[next]) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
    found.push({ size, rim, onRim: rim > 0, left, top, right, bottom });
  }
  return found;
}

/** How much two thumbs differ, of 255. */
export function difference(one, other) {
  if (!one || !other || one.grey.length !== other.grey.length) return 255;
  let sum = 0;
  for (let at = 0; at < one.grey.length; at += 1) sum += Math.abs(one.grey[at] - other.grey[at]);
  return sum / one.grey.length;
}
