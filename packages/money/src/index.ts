export { allocate } from "./allocation.ts";
export { ArithmeticError, type ArithmeticProblem } from "./arithmetic-error.ts";
export { type Currency, currencyCodes, exponentOf, isCurrency } from "./currencies.ts";
export { multiplyByRate } from "./exchange.ts";
export { type Id, type IdPrefix, isId, makeId } from "./ids.ts";
export {
  AmountError,
  type AmountProblem,
  formatDecimal,
  formatMoney,
  type Money,
  maxAmountMinor,
  parseAmount,
  parseDecimal,
  toWire,
  type WireMoney,
} from "./money.ts";
export { currencyOfNumber, numberOf } from "./numeric-codes.ts";
export { divideRounded, type RoundingMode, roundingModes } from "./rounding.ts";
