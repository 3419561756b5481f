import { describe, expect, it } from "vitest";
import { allowedReturnAddress, originOf, withParameters } from "./checkout-addresses.ts";

describe("origins of return addresses", () => {
  it.each([
    ["https://shop.example.com", "https://shop.example.com"],
    ["https://Shop.Example.com/", "https://shop.example.com"],
    ["https://shop.example.com:443", "https://shop.example.com"],
    ["https://店.example.com", "https://xn--hxt.example.com"],
    ["http://localhost:7320", "http://localhost:7320"],
    ["http://127.0.0.1:7320", "http://127.0.0.1:7320"],
    ["http://[::1]:7320", "http://[::1]:7320"],
  ])("%s is taken as %s", (text, origin) => {
    expect(originOf(text)).toBe(origin);
  });

  it.each([
    "http://shop.example.com",
    "http://localhost.example.com",
    "https://shop.example.com/path",
    "https://shop.example.com?x=1",
    "https://shop.example.com?",
    "https://shop.example.com#",
    "https://user@shop.example.com",
    "https://user:secret@shop.example.com",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://shop.example.com",
    "//shop.example.com",
    "shop.example.com",
    "https://",
    "https://shop.example.com\n.evil.example",
    "https:\\\\shop.example.com",
    "https://*.example.com/*",
    "null",
    "",
  ])("%j is refused", (text) => {
    expect(() => originOf(text)).toThrow("checkout.origin_invalid");
  });
});

describe("return addresses", () => {
  const origins = ["https://shop.example.com", "http://localhost:7320"];

  it.each([
    "https://shop.example.com/thanks",
    "https://shop.example.com/thanks?order=7&next=https://elsewhere.example",
    "http://localhost:7320/cancel",
  ])("%s is allowed", (address) => {
    expect(allowedReturnAddress(address, origins)).toBe(address);
  });

  it.each([
    "https://shop.example.com.evil.example/thanks",
    "https://evilshop.example.com/thanks",
    "https://shop.example.com@evil.example/",
    "https://evil.example/?https://shop.example.com",
    "https://evil.example#https://shop.example.com",
    "https://shop.example.com:8443/thanks",
    "http://shop.example.com/thanks",
    "http://localhost:7321/",
    "https://shop.example.com\\@evil.example/",
    "https://shop.example.com/thanks#jinqiao_result=forged",
    "//evil.example/",
    "/thanks",
    "javascript:location='https://shop.example.com'",
    "https://shop.example.com/a\tb",
    " https://shop.example.com/",
  ])("%j is refused", (address) => {
    expect(() => allowedReturnAddress(address, origins)).toThrow("checkout.return_address_not_allowed");
  });

  it("the shop's own parameters stay, and a name of ours that is there already is replaced", () => {
    const address = withParameters("https://shop.example.com/thanks?order=7&checkout_session=forged", {
      checkout_session: "cs_1",
    });
    expect(address).toBe("https://shop.example.com/thanks?order=7&checkout_session=cs_1");
  });
});
