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
    const small = shrunk(picture, step);
    if (small.width < 21 || small.height < 21) break;
    try {
      return decodeQR({ width: small.width, height: small.height, data: small.data as Uint8Array });
    } catch {
      // No code at this size; the next one may show it.
    }
  }
  throw new QrError("not_readable", "No QR code is to be seen in the picture.");
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
