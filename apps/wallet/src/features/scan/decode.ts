/** Pictures are made so small at most, in pixels: enough for a code, and quick on an old phone. */
const maxSide = 1_600;

/** A worker that finds codes in pictures. One picture at a time; `close` ends it. */
export type Decoder = { textOf(source: ImageBitmapSource): Promise<string | null>; close(): void };

export function openDecoder(): Decoder {
  const worker = new Worker(new URL("./decode-worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, (text: string | null) => void>();
  let next = 0;
  const giveUp = (): void => {
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<{ id: number; text: string | null }>) => {
    waiting.get(data.id)?.(data.text);
    waiting.delete(data.id);
  };
  worker.onerror = giveUp;
  return {
    async textOf(source) {
      const picture = await pictureOf(source);
      next += 1;
      const id = next;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        worker.postMessage({ id, picture }, [picture]);
      });
    },
    close() {
      worker.terminate();
      giveUp();
    },
  };
}

/** @throws DOMException for what is no picture */
async function pictureOf(source: ImageBitmapSource): Promise<ImageBitmap> {
  const whole = await createImageBitmap(source);
  const scale = maxSide / Math.max(whole.width, whole.height);
  if (scale >= 1) return whole;
  const smaller = await createImageBitmap(whole, {
    resizeWidth: Math.round(whole.width * scale),
    resizeHeight: Math.round(whole.height * scale),
    resizeQuality: "medium",
  });
  whole.close();
  return smaller;
}
