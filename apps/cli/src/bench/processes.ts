import { readdir, readFile } from "node:fs/promises";

/** Linux counts CPU time in hundredths of a second wherever Node.js runs (USER_HZ, proc_pid_stat(5)). */
const ticksPerSecond = 100;

/**
 * CPU seconds used so far by a process and its children, those that have ended included.
 * Source: proc_pid_stat(5), fields 4 and 14 to 17.
 * @returns null where there is no /proc, or no such process
 */
export async function cpuSecondsOf(pid: number): Promise<number | null> {
  const own = await statOf(pid);
  if (own === null) return null;
  let ticks = own.ticks + own.endedChildrenTicks;
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const child = await statOf(Number(name));
    if (child?.parent === pid) ticks += child.ticks;
  }
  return ticks / ticksPerSecond;
}

async function statOf(
  pid: number,
): Promise<{ parent: number; ticks: number; endedChildrenTicks: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  // The name stands in parentheses and may hold anything; the numbers follow the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (field: number): number => Number(fields[field - 3]);
  return { parent: number(4), ticks: number(14) + number(15), endedChildrenTicks: number(16) + number(17) };
}

/**
 * Memory of a process in megabytes (10⁶ bytes): now, and the most it ever held.
 * Source: proc_pid_status(5), VmRSS and VmHWM.
 * @returns null where there is no /proc, or no such process
 */
export async function memoryOf(pid: number): Promise<{ rssMb: number; peakMb: number } | null> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => null);
  const megabytes = (name: string): number | null => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text ?? "")?.[1];
    return kibibytes === undefined ? null : (Number(kibibytes) * 1024) / 1e6;
  };
  const rssMb = megabytes("VmRSS");
  const peakMb = megabytes("VmHWM");
  return rssMb === null || peakMb === null ? null : { rssMb, peakMb };
}
