/** Numbers of cards and of resident identity cards: what can be told from the number alone. */

/** Digits of what a person typed: spaces and hyphens between groups are left out. */
export function digitsOf(text: string): string {
  return text.replace(/[\s-]/g, "");
}

/** 14 to 19 digits with a right check digit (ISO/IEC 7812-1, annex B, "Luhn"). */
export function isCardNumber(digits: string): boolean {
  if (!/^\d{14,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;

/** A citizen identification number of mainland China: 17 digits with a date of birth, and a check character (GB 11643-1999). */
export function isResidentIdNumber(text: string): boolean {
  const [, year, month, day] = /^\d{6}((?:18|19|20)\d{2})(\d{2})(\d{2})\d{3}[\dX]$/.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return false;
  const sum = idWeights.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
  return "10X98765432"[sum % 11] === text[17];
}
