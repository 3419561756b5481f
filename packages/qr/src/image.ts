import encodeQR from "qr";
import decodeQR from "qr/decode.js";
import { QrError } from "./qr-error.ts";

/** A picture as browsers and decoders give it: four bytes (red, green, blue, opacity) a pixel, row by row. */
export type Picture = { width: number; height: number; data: Uint8Array | Uint8ClampedArray };

/** Most pixels that are looked at: a larger picture is made smaller first. */
const maxSide = 1_600;

/**
 * Finds a QR code in a photograph and answers its text. A code that lies askew is looked for again in a smaller
 * picture: noise of the compression then falls away.
 * @throws QrError `not_readable` where no code is found
 */
export function textOfPicture(picture: Picture): string {
  const { width, height } = picture;
  if (width < 1 || height < 1 || picture.data.length < width * height * 4)
    throw new QrError("not_readable", "The picture is not whole.");
  const first = Math.max(1, Math.ceil(Math.max(width, height) / maxSide));
  for (const step of [first, first + 1, first + 2, first * 4]) {
    const text = textIn(shrunk(picture, step));
    if (text !== undefined) return text;
  }
  // The corners of a code that stands on its tip are found least surely: turned upright, it is looked for once more.
  const upright = textIn(turned(shrunk(picture, first)));
  if (upright !== undefined) return upright;
  throw new QrError("not_readable", "No QR code is to be seen in the picture.");
}

function textIn({ width, height, data }: Picture): string | undefined {
  if (width < 21 || height < 21) return undefined;
  try {
    return decodeQR({ width, height, data: data as Uint8Array });
  } catch {
    // No code at this size; another one may show it.
    return undefined;
  }
}

/** The picture turned by 45 degrees about its middle, each pixel mixed from the four it falls between. */
function turned(picture: Picture): Picture {
  const { width, height } = picture;
  const side = Math.ceil(Math.max(width, height) * 1.1);
  const data = new Uint8Array(side * side * 4).fill(255);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const [dx, dy] = [x - side / 2, y - side / 2];
      const u = (dx + dy) * Math.SQRT1_2 + width / 2;
      const v = (dy - dx) * Math.SQRT1_2 + height / 2;
      const [left, top] = [Math.floor(u), Math.floor(v)];
      if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) continue;
      const [right, down] = [u - left, v - top];
      for (let channel = 0; channel < 3; channel += 1) {
        const at = (column: number, row: number) => picture.data[(row * width + column) * 4 + channel] ?? 0;
        data[(y * side + x) * 4 + channel] =
          (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - down) +
          (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * down;
      }
    }
  return { width: side, height: side, data };
}

/** Means of squares of `step` pixels. */
function shrunk(picture: Picture, step: number): Picture {
  if (step === 1) return picture;
  const [width, height] = [Math.floor(picture.width / step), Math.floor(picture.height / step)];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let channel = 0; channel < 4; channel += 1) {
        let sum = 0;
        for (let down = 0; down < step; down += 1)
          for (let right = 0; right < step; right += 1)
            sum += picture.data[((y * step + down) * picture.width + x * step + right) * 4 + channel] ?? 0;
        data[(y * width + x) * 4 + channel] = Math.round(sum / (step * step));
      }
  return { width, height, data };
}

/** The code as an SVG picture, black on white with a quiet zone of four modules (ISO/IEC 18004). */
export function svgOf(text: string): string {
  return encodeQR(text, "svg", { ecc: "medium", border: 4 });
}

/** The modules of a code, true = dark, with its quiet zone: for printing and for tests. */
export function modulesOf(text: string): boolean[][] {
  return encodeQR(text, "raw", { ecc: "medium", border: 4 });
}
