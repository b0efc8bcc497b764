/** An answer that is no success, or a reason of the wallet itself (status 0). */
export class WalletRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`${status} ${code}`);
  }
}
