/** Building blocks of XML as strings. An absent value gives nothing, so that optional elements need no questions. */

/** `<name>value</name>` */
export function leaf(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? "" : `<${name}>${escaped(String(value))}</${name}>\n`;
}

/** An element around others; nothing if it would be empty. */
export function group(name: string, ...content: string[]): string {
  const inside = content.join("");
  return inside === "" ? "" : `<${name}>\n${inside}</${name}>\n`;
}

export function amount(name: string, decimal: string, currency: string): string {
  return `<${name} Ccy="${currency}">${decimal}</${name}>\n`;
}

export function document(identifier: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${identifier}">\n${body}</Document>\n`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
