import { expect, it } from "vitest";
import { checkedAddresses, checkedLookup, endpointUrl, isPublicAddress, type Resolve } from "./addresses.ts";
import { createSender } from "./sender.ts";
import { startReceiver } from "./testing/receiver.ts";

const refused = [
  "127.0.0.1",
  "127.9.9.9",
  "0.0.0.0",
  "10.1.2.3",
  "172.16.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "192.0.2.1",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "fe80::1",
  "fe80::1%eth0",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::ffff:7f00:1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::1",
  "2002:7f00:1::",
  "2001:db8::1",
  "2001:0:7f00:1::",
  "not an address",
];

it.each(refused)("refuses %s", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it("takes public addresses, and this machine where that is allowed, and nothing else", () => {
  for (const address of ["8.8.8.8", "203.1.2.3", "2606:4700::1111"])
    expect(isPublicAddress(address)).toBe(true);
  for (const address of ["127.0.0.1", "::1"])
    expect(isPublicAddress(address, { allowLoopback: true })).toBe(true);
  for (const address of ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
    expect(isPublicAddress(address, { allowLoopback: true })).toBe(false);
});

it("takes https addresses in one spelling, however a number is written", () => {
  const strict = { allowLoopback: false };
  expect(endpointUrl("HTTPS://Shop.Example/hooks?a=1", strict)?.href).toBe("https://shop.example/hooks?a=1");
  // A browser's URL parser makes these 127.0.0.1, which is then refused as an address.
  for (const host of ["0x7f.1", "2130706433", "0177.0.0.1", "127.1"])
    expect(endpointUrl(`https://${host}/`, strict)?.hostname).toBe("127.0.0.1");
  for (const text of [
    "http://shop.example/",
    "ftp://shop.example/",
    "https://user:word@shop.example/",
    "https://shop.example/#part",
    "//shop.example",
    "shop.example",
    "http://localhost:8080/",
  ])
    expect(endpointUrl(text, strict), text).toBe(undefined);
  const open = { allowLoopback: true };
  expect(endpointUrl("http://localhost:8080/", open)).toBeDefined();
  expect(endpointUrl("http://[::1]:8080/", open)).toBeDefined();
  expect(endpointUrl("http://shop.example/", open)).toBe(undefined);
});

it("refuses a name with any address that is not public, and asks for the name once", async () => {
  let asked = 0;
  const resolve: Resolve = async () => {
    asked += 1;
    return [
      { address: "8.8.8.8", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ];
  };
  await expect(checkedAddresses("mixed.example", { resolve, allowLoopback: false })).rejects.toThrow(
    "refused",
  );
  expect(asked).toBe(1);
  const lookup = checkedLookup({ resolve, allowLoopback: false });
  const error = await new Promise((done) =>
    lookup("mixed.example", { all: true }, (problem) => done(problem)),
  );
  expect(error).toMatchObject({ name: "AddressRefused" });
});

it("connects to the very address that was looked at: a name that changes its answer reaches nothing", async () => {
  const inside = await startReceiver((response) => response.end("inside"));
  const { port } = new URL(inside.url);
  let asked = 0;
  // The first answer is public and would pass, the next one is this machine.
  const resolve: Resolve = async () => {
    asked += 1;
    return [asked === 1 ? { address: "203.0.113.1", family: 4 } : { address: "127.0.0.1", family: 4 }];
  };
  const sender = createSender({ resolve, allowLoopback: false, timeoutMs: 500 });
  const url = `http://rebinding.example:${port}/`;
  const message = { headers: {}, body: "{}" };
  const attempts = [await sender.send(url, message), await sender.send(url, message)];
  expect(attempts.map(({ status }) => status)).toEqual([undefined, undefined]);
  expect(attempts[1]?.failure).toBe("address_refused");
  expect((await sender.send(inside.url, message)).failure).toBe("address_refused");
  expect((await sender.send(`http://[::ffff:127.0.0.1]:${port}/`, message)).failure).toBe("address_refused");
  expect(inside.received).toEqual([]);
  await sender.close();
  // The same name and address where this machine is allowed: only the check stood in the way.
  const open = createSender({ resolve, allowLoopback: true });
  expect(await open.send(url, message)).toMatchObject({ status: 200, failure: undefined, body: "inside" });
  await open.close();
  await inside.close();
});
