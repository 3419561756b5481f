import type { Command } from "../command.ts";
export const demo: Command = { name: "demo", summary: { en: "", zh: "" }, options: [], run: async () => 1 };
