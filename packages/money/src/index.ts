export { type Currency, currencyCodes, exponentOf, isCurrency } from "./currencies.ts";
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
