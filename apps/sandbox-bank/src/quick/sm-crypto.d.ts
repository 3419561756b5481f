/** The part of sm-crypto 0.5 that the bank uses. */
declare module "sm-crypto" {
  interface Options {
    hash: boolean;
    der: boolean;
    userId: string;
  }
  export const sm2: {
    generateKeyPairHex(): { privateKey: string; publicKey: string };
    doSignature(message: number[], privateKey: string, options: Options): string;
    doVerifySignature(message: number[], signature: string, publicKey: string, options: Options): boolean;
  };
}
