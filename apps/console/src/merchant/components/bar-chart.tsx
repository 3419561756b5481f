import { formatDecimal } from "@jinqiao/money";
import { MoneyText, useFormatMaskedMoney } from "@jinqiao/ui";
import { curveStep, line } from "d3-shape";
import { useId } from "react";
import { Cell, type Column, Table } from "../../components/table.tsx";
import { useNarrow } from "../../components/use-narrow.ts";
import { useT } from "../text.ts";
import { barHeights, niceTop } from "./bar-scale.ts";

/** One bar: `minor` is an amount in the currency's minor units, `beside` the same of the time that is compared with. */
export type Bar = { id: string; label: string; minor: bigint; beside?: bigint };

const height = 200;
const base = height - 22;
const left = 4;

/**
 * Amounts over time as bars, with a line of the time before. It is a picture of the table below it, which says the
 * same to who does not see the picture, and in figures.
 */
export function BarChart(props: {
  caption: string;
  /** What the picture shows, in one sentence. */
  summary: string;
  currency: string;
  bars: readonly Bar[];
  names: { label: string; bars: string; beside?: string };
}) {
  const t = useT();
  const id = useId();
  // Letters keep their size where the picture is narrow.
  const width = useNarrow() ? 340 : 1040;
  const format = useFormatMaskedMoney();
  const { bars, currency, names } = props;
  const top = niceTop([...bars.map((bar) => bar.minor), ...bars.map((bar) => bar.beside ?? 0n)]);
  const room = base - 18;
  const heights = barHeights(
    bars.map((bar) => bar.minor),
    top,
    room,
  );
  const step = (width - left) / Math.max(1, bars.length);
  const middle = (index: number): number => left + step * (index + 0.5);
  const beside = barHeights(
    bars.map((bar) => bar.beside ?? 0n),
    top,
    room,
  );
  const path = line<number>()
    .x((_, index) => middle(index))
    .y((value) => base - value)
    .curve(curveStep)(beside);
  const money = (minor: bigint) => ({ amount: formatDecimal(minor, currency), currency });
  // On a phone every label would lie on its neighbour: so many as fit are written.
  const every = Math.ceil(bars.length / (width < 400 ? 6 : 12));
  const columns: Column[] = [
    { id: "label", head: names.label },
    { id: "bars", head: names.bars, align: "right" },
    ...(names.beside === undefined
      ? []
      : [{ id: "beside", head: names.beside, align: "right" } satisfies Column]),
  ];
  return (
    <figure className="min-w-0">
      <svg
        role="img"
        aria-labelledby={`${id}-summary`}
        viewBox={`0 0 ${width} ${height}`}
        className="block h-auto w-full text-ink-muted"
      >
        <title id={`${id}-summary`}>{props.summary}</title>
        <line x1={left} x2={width} y1={base - room} y2={base - room} className="stroke-line" />
        <text x={left} y={base - room - 5} className="fill-current text-[13px]">
          {format(money(top))}
        </text>
        <line x1={left} x2={width} y1={base} y2={base} className="stroke-line-strong" />
        {bars.map((bar, index) => (
          <g key={bar.id}>
            <rect
              x={middle(index) - step * 0.34}
              y={base - (heights[index] ?? 0)}
              width={step * 0.68}
              height={heights[index] ?? 0}
              rx={Math.min(3, step * 0.2)}
              className="fill-jade-solid"
            />
            {index % every === 0 && (
              <text x={middle(index)} y={height - 5} textAnchor="middle" className="fill-current text-[13px]">
                {bar.label}
              </text>
            )}
          </g>
        ))}
        {names.beside !== undefined && path !== null && (
          <path d={path} fill="none" strokeWidth={2} strokeDasharray="5 4" className="stroke-warning" />
        )}
      </svg>
      <figcaption className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-muted">
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="size-3 rounded-sm bg-jade-solid" /> {names.bars}
        </span>
        {names.beside !== undefined && (
          <span className="inline-flex items-center gap-1.5">
            <span aria-hidden className="w-5 border-t-2 border-dashed border-warning" /> {names.beside}
          </span>
        )}
        <details className="basis-full">
          <summary className="w-max py-1 text-jade underline">{t("portal.chart.as_table")}</summary>
          <Table caption={props.caption} columns={columns}>
            {bars.map((bar) => (
              <tr key={bar.id} className="border-b border-line last:border-0">
                <Cell column={columns[0]}>{bar.label}</Cell>
                <Cell column={columns[1]}>
                  <MoneyText money={money(bar.minor)} />
                </Cell>
                {names.beside !== undefined && (
                  <Cell column={columns[2]}>
                    <MoneyText money={money(bar.beside ?? 0n)} />
                  </Cell>
                )}
              </tr>
            ))}
          </Table>
        </details>
      </figcaption>
    </figure>
  );
}
