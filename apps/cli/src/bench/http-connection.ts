import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * One keep-alive HTTP/1.1 connection that sends prepared requests one after another. It reads no more of an answer than
 * its status and length, because whatever the load costs is taken from the server on the same machine.
 */
export type HttpConnection = {
  /** Sends a whole request and answers the status. @throws when the answer has no Content-Length or the connection ends */
  ask(request: string): Promise<number>;
  close(): void;
};

type Waiting = { resolve(status: number): void; reject(error: Error): void };

const noBytes = Buffer.alloc(0);

export async function openConnection(port: number): Promise<HttpConnection> {
  const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  let waiting: Waiting | undefined;
  let received: Buffer = noBytes;

  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
    socket.destroy();
  };
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The server closed the connection.")));
  socket.on("data", (data) => {
    received = received.length === 0 ? data : Buffer.concat([received, data]);
    const headEnd = received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = received.toString("latin1", 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      fail(new Error(`An answer without Content-Length: ${head.split("\r\n", 1)[0]}`));
      return;
    }
    if (received.length < headEnd + 4 + Number(length)) return;
    const answered = waiting;
    waiting = undefined;
    received = noBytes;
    // "HTTP/1.1 201 Created"
    answered?.resolve(Number(head.slice(9, 12)));
  });

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) {
          reject(new Error("The connection has ended."));
          return;
        }
        waiting = { resolve, reject };
        socket.write(request, "latin1");
      }),
    close: () => socket.destroy(),
  };
}
