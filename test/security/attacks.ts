/** Texts that a careless server would take for something else. Each is tried in the place of every text of a request. */
export type Attack = { name: string; text: string };

/** One text per kind of carelessness, several spellings in each: what every run tries. */
export const attacks: readonly Attack[] = [
  // A quote, a comment and a second statement end an SQL text that was glued together; the rest is for whoever makes
  // pages, paths or templates of it.
  {
    name: "SQL, markup and path",
    text: `'; DROP TABLE identity.customer CASCADE; --"; $$ \\' OR '1'='1 <script>x</script>\${7*7} ../../etc/passwd`,
  },
  { name: "header", text: "x\r\nSet-Cookie: stolen=1\r\n\r\n<h1>" },
  // PostgreSQL can store neither the character zero nor half of one: a server that passes them on answers 500.
  { name: "unstorable characters", text: "a\u0000b \ud800 \u202e\u2066 \uff07 \ufdfa" },
  { name: "long", text: "\u957f".repeat(9_000) },
  { name: "nothing", text: "" },
];

/** More spellings of the same, for the long run (`npm run security`). */
export const moreAttacks: readonly Attack[] = [
  { name: "zero character", text: "a\u0000b" },
  { name: "other writings", text: "\u202e\u2066 \uff07 \ufdfa \ud841\udf0e" },
  { name: "path", text: "../../../../etc/passwd%2e%2e%2f..\\..\\" },
  {
    name: "markup",
    text: `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><script>&b;</script>{{7*7}}`,
  },
  { name: "SQL sleep", text: "1' AND 1=(SELECT 1 FROM pg_sleep(20))--" },
  { name: "SQL union", text: "') UNION SELECT usename, passwd FROM pg_shadow --" },
  { name: "SQL wildcard", text: "%_%\\" },
  { name: "SQL cast", text: "1::int/0" },
  { name: "JSON path", text: `$.** ? (@ == "x")` },
  { name: "array literal", text: `{"a","b"}` },
  { name: "prototype", text: "__proto__" },
  { name: "constructor", text: "constructor" },
  { name: "format", text: "%s%s%n%x{0}" },
  { name: "formula", text: `=HYPERLINK("http://evil.example","x")` },
  { name: "number", text: "1e309" },
  { name: "minus", text: "-9223372036854775809" },
  { name: "date", text: "275760-09-13T00:00:00.001Z" },
  { name: "date before all", text: "-000001-01-01T00:00:00Z" },
  { name: "address", text: "http://169.254.169.254/latest/meta-data/" },
  { name: "protocol-relative", text: "//evil.example/\\evil.example" },
  { name: "script address", text: "javascript:alert(1)" },
  { name: "shell", text: "`id`; $(id) | id & id" },
  { name: "white space", text: " \t\u00a0\u2003\ufeff" },
  { name: "combining", text: `e${"\u0301".repeat(2_000)}` },
];

/** Whole bodies that are no honest ones. */
export const bodies: readonly { name: string; body: string }[] = [
  { name: "a polluted prototype", body: '{"__proto__":{"polluted":true}}' },
  { name: "a polluted constructor", body: '{"constructor":{"prototype":{"polluted":true}}}' },
  { name: "ten thousand levels", body: `${"[".repeat(10_000)}${"]".repeat(10_000)}` },
  { name: "objects in objects", body: `${'{"a":'.repeat(8_000)}1${"}".repeat(8_000)}` },
  { name: "a number of sixty thousand digits", body: "9".repeat(60_000) },
  {
    name: "fields by the thousand",
    body: JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, 1]))),
  },
  { name: "the same field twice", body: '{"amount":1,"amount":{"amount":"1"}}' },
  { name: "nothing at all", body: "null" },
  { name: "a text", body: '"text"' },
  { name: "half an object", body: '{"a":' },
];
