import { Button, classNames, IconButton, Notice } from "@jinqiao/ui";
import { CameraOff, Flashlight, FlashlightOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { CodesMessageId } from "../../locales/codes/en.ts";
import type { Decoder } from "./decode.ts";
import { useT } from "./text.ts";

/** Milliseconds between two looks: quick enough for a hand that moves, and kind to the battery. */
const lookEveryMs = 200;

type Trouble = Extract<CodesMessageId, `scan.camera.${string}`>;

/** The camera's picture with a frame; tells the text of the first code it sees. */
export function Camera({ decoder, onText }: { decoder: Decoder; onText: (text: string) => void }) {
  const t = useT();
  const video = useRef<HTMLVideoElement>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);
  const [running, setRunning] = useState(false);
  const [track, setTrack] = useState<MediaStreamTrack | null>(null);
  const [torch, setTorch] = useState(false);
  const found = useRef(onText);
  found.current = onText;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` begins anew
  useEffect(() => {
    let ended = false;
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const picture = video.current;
      if (ended || picture === null) return;
      if (picture.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && picture.videoWidth > 0) {
        const text = await decoder.textOf(picture).catch(() => null);
        if (ended) return;
        if (text !== null) {
          navigator.vibrate?.(40);
          found.current(text);
          return;
        }
      }
      timer = setTimeout(() => void look(), lookEveryMs);
    };
    const start = async (): Promise<void> => {
      try {
        if (!navigator.mediaDevices?.getUserMedia) return setTrouble("scan.camera.insecure");
        stream = await navigator.mediaDevices.getUserMedia({
          audio: false,
          video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
        });
        const picture = video.current;
        if (ended || picture === null) return stop(stream);
        const [first] = stream.getVideoTracks();
        if (first && hasTorch(first)) setTrack(first);
        picture.srcObject = stream;
        await picture.play();
        setRunning(true);
        void look();
      } catch (error) {
        if (!ended) setTrouble(troubleOf(error));
      }
    };
    setTrouble(null);
    void start();
    return () => {
      ended = true;
      clearTimeout(timer);
      stop(stream);
      setTrack(null);
      setTorch(false);
      setRunning(false);
    };
  }, [decoder, tries]);

  if (trouble !== null)
    return (
      <div className="grid gap-3">
        <Notice tone="warning" icon={CameraOff} role="alert">
          <span data-testid="camera-trouble">{t(trouble)}</span>
        </Notice>
        {trouble !== "scan.camera.insecure" && (
          <Button variant="secondary" onClick={() => setTries(tries + 1)}>
            {t("scan.camera.retry")}
          </Button>
        )}
      </div>
    );
  return (
    <div className="relative aspect-square w-full overflow-hidden rounded-card bg-black md:aspect-4/3">
      <video
        ref={video}
        muted
        playsInline
        aria-label={t("scan.looking")}
        data-testid="camera"
        className={classNames("size-full object-cover", !running && "opacity-0")}
      />
      <div
        aria-hidden
        className="pointer-events-none absolute inset-[14%] rounded-3xl border-4 border-white/90 shadow-[0_0_0_100vmax_rgb(0_0_0/0.35)]"
      />
      <p
        className="absolute inset-x-0 bottom-3 px-4 text-center text-sm font-medium text-white"
        role="status"
      >
        {running ? t("scan.hint") : t("scan.starting")}
      </p>
      {track && (
        <IconButton
          label={t(torch ? "scan.torch.off" : "scan.torch.on")}
          data-testid="torch"
          className="absolute top-3 right-3 bg-black/50 text-white"
          onClick={async () => {
            await track.applyConstraints({ advanced: [{ torch: !torch } as MediaTrackConstraintSet] });
            setTorch(!torch);
          }}
        >
          {torch ? (
            <FlashlightOff aria-hidden className="size-5" />
          ) : (
            <Flashlight aria-hidden className="size-5" />
          )}
        </IconButton>
      )}
    </div>
  );
}

/** The torch is no part of the DOM's types (W3C MediaStream Image Capture, `torch`); some browsers ask for no capabilities. */
function hasTorch(track: MediaStreamTrack): boolean {
  const able: MediaTrackCapabilities & { torch?: boolean } = track.getCapabilities?.() ?? {};
  return able.torch === true;
}

function stop(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Names of what getUserMedia refuses with: W3C Media Capture and Streams, section 10.2. */
function troubleOf(error: unknown): Trouble {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "scan.camera.denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "scan.camera.none";
  return "scan.camera.busy";
}
