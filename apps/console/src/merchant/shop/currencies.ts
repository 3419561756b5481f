/** Currencies offered first to a merchant; the server says which of them it can serve. */
export const currencies = ["CNY", "GBP", "EUR", "USD", "HKD", "SGD", "JPY"] as const;
