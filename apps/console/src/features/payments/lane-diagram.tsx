import type { ConsolePayment } from "@jinqiao/contract";
import { useLayoutEffect, useRef, useState } from "react";
import { useFormat, usePaymentT } from "../../i18n.ts";
import { useWords } from "../../words.ts";
import { type Lane, type LaneEvent, laneEvents } from "./lanes.ts";

const rowHeight = 44;
const headHeight = 40;
/** Room on the left for the time of each step; on narrow screens the time stands above its arrow instead. */
const timeWidth = 92;
const narrowBelow = 520;

/**
 * The payment as a sequence drawing: three lanes, an arrow per step, time running down. Everything in it also stands
 * as text in the sections below it, so for screen readers it is one picture with a list as its description.
 */
export function LaneDiagram({ joined }: { joined: ConsolePayment }) {
  const t = usePaymentT();
  const format = useFormat();
  const [frame, width] = useWidth();
  const events = laneEvents(joined);
  const narrow = width < narrowBelow;
  const left = narrow ? 0 : timeWidth;
  const laneWidth = (width - left) / 3;
  const x: Record<Lane, number> = {
    wallet: left + laneWidth * 0.5,
    ledger: left + laneWidth * 1.5,
    bank: left + laneWidth * 2.5,
  };
  const height = headHeight + events.length * rowHeight + 12;
  const label = useLabel();

  return (
    <div ref={frame} className="w-full min-w-0">
      <svg
        // A new width makes a new drawing: some browsers keep the old place of shapes that only moved.
        key={width}
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={t("lanes.described", {
          steps: events.map((event) => `${format.instant(event.at)} ${label(event)}`).join("; "),
        })}
        className="block max-w-full"
      >
        {(["wallet", "ledger", "bank"] as const).map((lane) => (
          <g key={lane}>
            <rect
              x={x[lane] - Math.min(60, laneWidth / 2 - 4)}
              y={4}
              width={Math.min(120, laneWidth - 8)}
              height={26}
              rx={13}
              className="fill-jade-soft"
            />
            <text x={x[lane]} y={21} textAnchor="middle" className="fill-ink text-[13px] font-semibold">
              {t(`lane.${lane}`)}
            </text>
            <line
              x1={x[lane]}
              x2={x[lane]}
              y1={34}
              y2={height - 4}
              strokeDasharray="3 4"
              className="stroke-line-strong"
            />
          </g>
        ))}
        {events.map((event, index) => (
          <Step
            key={event.key}
            event={event}
            x={x}
            y={headHeight + index * rowHeight + 30}
            width={width}
            label={label(event)}
            time={format.instant(event.at)}
            narrow={narrow}
          />
        ))}
      </svg>
    </div>
  );
}

type StepProps = {
  event: LaneEvent;
  x: Record<Lane, number>;
  y: number;
  width: number;
  label: string;
  time: string;
  narrow: boolean;
};

function Step({ event, x, y, width, label, time, narrow }: StepProps) {
  const from = x[event.from];
  const to = x[event.to];
  const text = narrow ? `${time} · ${label}` : label;
  const centre = keepInside((from + to) / 2, textWidth(text), narrow ? 0 : timeWidth, width);
  const tone = toneOf[event.kind];
  const direction = Math.sign(to - from);
  return (
    <g>
      {!narrow && (
        <text x={0} y={y + 4} className="fill-ink-muted text-[11px] tabular-nums">
          {time}
        </text>
      )}
      {/* The label has a ground of its own, so that the lane lines do not run through the letters. */}
      <rect
        x={centre - textWidth(text) / 2 - 3}
        y={y - 20}
        width={textWidth(text) + 6}
        height={15}
        rx={4}
        className="fill-surface"
      />
      <text x={centre} y={y - 9} textAnchor="middle" className="fill-ink text-[11px]">
        {text}
      </text>
      {direction === 0 ? (
        <circle cx={from} cy={y} r={5} className={tone.fill} />
      ) : (
        <>
          <line x1={from} x2={to - direction * 7} y1={y} y2={y} strokeWidth={2} className={tone.stroke} />
          <path d={`M ${to} ${y} l ${-direction * 9} -5 v 10 z`} className={tone.fill} />
          <circle cx={from} cy={y} r={3} className={tone.fill} />
        </>
      )}
    </g>
  );
}

const toneOf: Record<LaneEvent["kind"], { stroke: string; fill: string }> = {
  status: { stroke: "stroke-ink", fill: "fill-ink" },
  hold: { stroke: "stroke-warning", fill: "fill-warning" },
  transfer: { stroke: "stroke-jade", fill: "fill-jade" },
  message: { stroke: "stroke-jade", fill: "fill-jade" },
  repeats: { stroke: "stroke-line-strong", fill: "fill-ink-muted" },
  line: { stroke: "stroke-positive", fill: "fill-positive" },
};

function useLabel(): (event: LaneEvent) => string {
  const t = usePaymentT();
  const format = useFormat();
  const words = useWords();
  return (event) => {
    switch (event.kind) {
      case "status":
        return t("lanes.status", {
          status: t(event.rerouted ? "route.rerouted" : `status.${event.status}`),
        });
      case "hold":
        return t("lanes.hold", { amount: format.money(event.hold.amount) });
      case "transfer":
        return t("lanes.transfer", { kind: words.transferKind(event.transfer.kind) });
      case "message":
        return [
          words.messageKind(event.message.kind),
          ...(event.message.outcome === null ? [] : [words.outcome(event.message.outcome)]),
        ].join(" · ");
      case "repeats":
        return t("lanes.repeats", { count: event.count });
      case "line":
        return t("lanes.line", {
          sequence: event.line.sequence,
          amount: format.money(event.line.amount),
        });
    }
  };
}

/** About how wide a label at 11 px is: Chinese characters are square, others about half as wide. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += character > "\u2e7f" ? 11 : 6.1;
  return width;
}

function keepInside(centre: number, contentWidth: number, min: number, max: number): number {
  const half = contentWidth / 2 + 4;
  return Math.max(min + half, Math.min(max - half, centre));
}

/** The width of an element in pixels, followed as it changes: text in the drawing keeps its size on any screen. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    setWidth(Math.max(280, element.clientWidth));
    const observer = new ResizeObserver(() => setWidth(Math.max(280, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, width];
}
