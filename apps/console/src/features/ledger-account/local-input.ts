/** What a field for date and time holds: the device's own clock, to the second, without a zone. */
export function toLocalInput(instant: string): string {
  const at = new Date(instant);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/**
 * The last moment of the second that was typed, in UTC, because "12:00:00" on a list of entries means all of that
 * second; undefined while the field is empty or not yet whole.
 */
export function fromLocalInput(value: string): string | undefined {
  const at = new Date(value.length === 16 ? `${value}:00.999` : `${value}.999`);
  return value === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
