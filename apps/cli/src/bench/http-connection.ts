import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * One keep-alive HTTP/1.1 connection that sends prepared requests one after another. It reads no more of an answer than
 * its status and length, because whatever the load costs is taken from the server on the same machine.
 */
export type HttpConnection = {
  /** Sends a whole request and answers the status. @throws when the answer has no Content-Length or the connection ends */
  ask(request: string): Promise<number>;
  /** As `ask`, with the text of the answer. */
  read(request: string): Promise<{ status: number; text: string }>;
  close(): void;
};

type Waiting = { resolve(status: number, body: Buffer): void; reject(error: Error): void };

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
    const body = received.subarray(headEnd + 4);
    waiting = undefined;
    received = noBytes;
    // "HTTP/1.1 201 Created"
    answered?.resolve(Number(head.slice(9, 12)), body);
  });

  function send(request: string, sent: Waiting): void {
    if (socket.destroyed) {
      sent.reject(new Error("The connection has ended."));
      return;
    }
    waiting = sent;
    socket.write(request, "latin1");
  }

  return {
    ask: (request) => new Promise((resolve, reject) => send(request, { resolve, reject })),
    read: (request) =>
      new Promise((resolve, reject) =>
        send(request, {
          resolve: (status, body) => resolve({ status, text: body.toString("utf8") }),
          reject,
        }),
      ),
    close: () => socket.destroy(),
  };
}
