import { textOfPicture } from "@jinqiao/qr/image";

type Ask = { id: number; picture: ImageBitmap };

/** Looks for a code in a picture, beside the page, so that it stays smooth. Answers null where there is none. */
addEventListener("message", ({ data: { id, picture } }: MessageEvent<Ask>) => {
  let text: string | null = null;
  try {
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context?.drawImage(picture, 0, 0);
    const seen = context?.getImageData(0, 0, picture.width, picture.height);
    if (seen) text = textOfPicture(seen);
  } catch {
    // No code is to be seen; the next picture may show it.
  }
  picture.close();
  postMessage({ id, text });
});
